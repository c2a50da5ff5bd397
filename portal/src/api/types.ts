// The nouns of the API under their own names.
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Access = Schemas['Access'];
export type Attachment = Schemas['Attachment'];
export type AuditEntry = Schemas['Entry'];
export type Attempt = Schemas['Attempt'];
export type Change = Schemas['Change'];
export type Conflict = Schemas['Conflict'];
export type Consent = Schemas['Consent'];
export type Counts = Schemas['Counts'];
export type Credential = Schemas['Credential'];
export type Downtime = Schemas['AnnouncedDowntime'];
export type Element = Schemas['Element'];
export type Event = Schemas['Event'];
export type Fact = Schemas['Fact'];
export type FederatedService = Schemas['FederatedService'];
export type FederatedSite = Schemas['FederatedSite'];
export type FlowRow = Schemas['FlowRow'];
export type Granted = Schemas['Granted'];
export type Health = Schemas['Health'];
export type Help = Schemas['Help'];
export type Image = Schemas['Image'];
export type MadeToken = Schemas['MadeToken'];
export type MappingView = Schemas['MappingView'];
export type MachineDeed = Schemas['MachineDeed'];
export type MachineStatus = Schemas['MachineStatus'];
export type MachineWish = NonNullable<RunRequest['machine']>;
export type Me = Schemas['Me'];
export type Neighbour = Schemas['Neighbour'];
export type NewToken = Schemas['NewToken'];
export type Offer = Schemas['Offer'];
export type Outcome = Schemas['Outcome'];
export type OutputFile = Schemas['OutputFile'];
export type PersonView = Schemas['PersonView'];
export type Plan = Schemas['Plan'];
/** `code` is the gateway's; what goes wrong in the browser itself has none. */
export type Problem = Omit<Schemas['Problem'], 'code'> & { code?: Schemas['Code'] };
export type ProjectQuota = Schemas['ProjectQuota'];
/** What is not there is not known. */
export type ProjectQuotas = Schemas['ProjectQuotas'];
export type ProjectSummary = Schemas['ProjectSummary'];
export type Quota = Schemas['Quota'];
/** Of one person or one community, as administrators see it. */
export type QuotaOf = Schemas['Decided'];
export type QuotaView = Schemas['QuotaView'];
export type Receipt = Schemas['Receipt'];
export type RecipeView = Schemas['RecipeView'];
export type Rejection = Schemas['Rejection'];
export type Role = Schemas['Role'];
export type Rule = Schemas['Rule'];
export type Run = Schemas['Run'];
export type RunDetail = Schemas['RunDetail'];
export type RunRequest = Schemas['RunRequest'];
export type Scope = Schemas['Scope'];
export type Service = Schemas['Service'];
export type ServiceStanding = Schemas['ServiceStanding'];
export type Session = Schemas['Page_ListedSession']['items'][number];
export type SignInAgain = Schemas['SignInAgain'];
export type Site = Schemas['Site'];
export type SiteNetwork = Schemas['SiteNetwork'];
export type Size = Schemas['Size'];
export type Snapshot = Schemas['Snapshot'];
export type SourceProblem = Schemas['SourceProblem'];
export type SshKey = Schemas['Key'];
export type State = Schemas['State'];
export type TermsView = Schemas['TermsView'];
export type TokenView = Schemas['TokenView'];
export type Upload = Schemas['Upload'];
export type Waiting = Schemas['Waiting'];
export type Weather = Schemas['Weather'];

/** By hand: the API's description has two schemas of this name, and keeps that of what a request asks for. */
export interface Machine {
  run: string;
  name: string;
  person: string;
  community?: string | null;
  status: MachineStatus;
  service: string;
  site: string;
  project?: string | null;
  size: string;
  image?: string | null;
  server?: string | null;
  addresses: Schemas['MachineAddress'][];
  login_user?: string | null;
  /** `22`, `8000-8010`, `53/udp` */
  open: string[];
  created_at: string;
  ready_at?: string | null;
  ends_at?: string | null;
  seen_at?: string | null;
  pilot?: Schemas['MachinePilot'] | null;
}

export interface Page<T> {
  items: T[];
  next?: string | null;
}
