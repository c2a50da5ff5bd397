// The table of sites: one row for each service, and one for a site of which no service is known. Nothing is asked here.
import type { Downtime, ProjectQuotas, ProjectSummary, Service, ServiceStanding, Site } from '@/api/types';
import { seenAt } from './queries';

export type Stand =
  | 'open'
  | 'nothing'
  | 'closed'
  | 'not_yours'
  | 'unreachable'
  | 'looking'
  | 'unknown'
  | 'own'
  | 'none';

export interface Row {
  key: string;
  site: Site;
  service?: string;
  standing?: ServiceStanding;
  stand: Stand;
  /** Whose projects one may work in; without a name of a community, the project's own. */
  open: string[];
  /** Whom it serves, or one works for there. */
  communities: string[];
  sizes?: number;
  accelerators?: number;
  images?: number;
  public?: ProjectSummary['public'];
  quotas?: ProjectQuotas;
  /** Of how many projects the best figures are shown. */
  projects: number;
  seenAt?: string;
  downtime?: Downtime;
  gaps: number;
}

const CHANCES = ['no', 'perhaps', 'yes'] as const;

const most = (numbers: number[]): number | undefined => (numbers.length > 0 ? Math.max(...numbers) : undefined);

/** What is left; without a limit more than anything, and unknown less. */
export function left(quotas: ProjectQuotas | undefined, of: keyof ProjectQuotas): number {
  const quota = quotas?.[of];
  if (!quota) return -1;
  if (quota.limit === undefined || quota.limit === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, quota.limit - quota.used);
}

export function standOf(standing: ServiceStanding | undefined): Stand {
  if (!standing) return 'own';
  if (standing.access === 'unknown') return standing.looking ? 'looking' : 'unknown';
  if (standing.access === 'open') return standing.projects.length > 0 ? 'open' : 'nothing';
  return standing.access;
}

/** The one that is now, or else the next one. */
export function nearest(downtimes: Downtime[], now: Date): Downtime | undefined {
  return downtimes
    .filter((one) => new Date(one.until) > now)
    .reduce<Downtime | undefined>((first, one) => (first && first.from <= one.from ? first : one), undefined);
}

export function rowsOf(sites: Site[], services: Service[], community: string, now: Date): Row[] {
  return sites.flatMap((site) => {
    const names = new Set([...site.services, ...(site.standing ?? []).map((one) => one.service)]);
    if (names.size === 0)
      return [{ key: site.name, site, stand: 'none', open: [], communities: [], projects: 0, gaps: 0 }];
    return [...names].map((name) => rowOf(site, name, services, community, now));
  });
}

function rowOf(site: Site, name: string, services: Service[], community: string, now: Date): Row {
  const standing = site.standing?.find((one) => one.service === name);
  const service = services.find((one) => one.name === name);
  const downtime = nearest(
    (site.published?.downtimes ?? []).filter((one) => one.service === name),
    now,
  );
  const row: Row = {
    key: `${site.name} ${name}`,
    site,
    service: name,
    stand: standOf(standing),
    open: [],
    communities: standing?.communities ?? [],
    projects: 0,
    gaps: 0,
    ...(downtime ? { downtime } : {}),
  };
  if (!standing) return service ? { ...row, ...ofOwn(service) } : row;
  const projects = standing.access === 'open' ? standing.projects : [];
  const open = projects.map((one) => one.community ?? one.project.name);
  const communities = [...standing.communities, ...projects.flatMap((one) => one.community ?? [])];
  return {
    ...row,
    standing,
    open: [...new Set(open)],
    communities: [...new Set(communities)],
    ...best(standing.snapshots.filter((one) => community === '' || one.community === community)),
    ...(seenAt(standing) || standing.seen_at ? { seenAt: seenAt(standing) || (standing.seen_at ?? '') } : {}),
  };
}

function ofOwn(service: Service): Partial<Row> {
  return {
    sizes: service.sizes.length,
    accelerators: most(service.sizes.map((size) => size.accelerators)) ?? 0,
    seenAt: service.seen_at,
  };
}

/** Of several projects the best of each: whether it is worth a look is what the table tells. Cores without a machine are none. */
function best(snapshots: ProjectSummary[]): Partial<Row> {
  const [first] = snapshots;
  if (!first) return {};
  const room = (one: ProjectSummary) => (left(one.quotas, 'instances') === 0 ? -1 : left(one.quotas, 'cores'));
  const roomiest = snapshots.reduce((a, b) => (room(b) > room(a) ? b : a), first);
  return {
    sizes: Math.max(...snapshots.map((one) => one.sizes)),
    accelerators: Math.max(...snapshots.map((one) => one.accelerators)),
    images: Math.max(...snapshots.map((one) => one.images)),
    public: CHANCES[Math.max(...snapshots.map((one) => CHANCES.indexOf(one.public)))] ?? 'no',
    quotas: roomiest.quotas,
    projects: snapshots.length,
    gaps: snapshots.reduce((sum, one) => sum + one.gaps, 0),
  };
}

export const communitiesOf = (rows: Row[]): string[] =>
  [...new Set(rows.flatMap((row) => row.communities))].sort((a, b) => a.localeCompare(b));

export function shownRows(rows: Row[], community: string, text: string): Row[] {
  const part = text.trim().toLowerCase();
  return rows.filter((row) => {
    if (community !== '' && !row.communities.includes(community)) return false;
    const { published } = row.site;
    const said = [row.site.name, row.service, published?.title, published?.country];
    return part === '' || said.some((one) => one?.toLowerCase().includes(part));
  });
}

export const COLUMNS = [
  'site',
  'service',
  'stand',
  'sizes',
  'accelerators',
  'images',
  'public',
  'quota',
  'seen',
  'downtime',
  'country',
] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  by: Column;
  down: boolean;
}

/** For these, more is what one looks for first. */
export const isDownFirst = (by: Column): boolean =>
  ['sizes', 'accelerators', 'images', 'public', 'quota', 'seen'].includes(by);

const STANDS: Stand[] = ['open', 'own', 'looking', 'unknown', 'closed', 'nothing', 'not_yours', 'unreachable', 'none'];

/** What rows are ordered by; `undefined` is last in both directions. */
function rankOf(row: Row, by: Column): string | number | undefined {
  switch (by) {
    case 'site':
      return row.site.name;
    case 'service':
      return row.service;
    case 'stand':
      return STANDS.indexOf(row.stand);
    case 'sizes':
    case 'accelerators':
    case 'images':
      return row[by];
    case 'public':
      return row.public && CHANCES.indexOf(row.public);
    case 'quota':
      return row.quotas && left(row.quotas, 'cores');
    case 'seen':
      return row.seenAt;
    case 'downtime':
      return row.downtime?.from;
    case 'country':
      return row.site.published?.country ?? undefined;
  }
}

export function sorted(rows: Row[], { by, down }: Order): Row[] {
  const direction = down ? -1 : 1;
  const names = (a: Row, b: Row) => a.key.localeCompare(b.key);
  return [...rows].sort((a, b) => {
    const [one, other] = [rankOf(a, by), rankOf(b, by)];
    if (one === undefined || other === undefined) {
      return Number(one === undefined) - Number(other === undefined) || names(a, b);
    }
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? Math.sign(one === other ? 0 : one - other)
        : String(one).localeCompare(String(other));
    return direction * order || names(a, b);
  });
}
