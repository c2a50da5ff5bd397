import type { components } from '@/api/schema.gen';
import { list, moment, number, plural } from './format';

type Schemas = components['schemas'];
type Attachment = Schemas['Attachment'];
type TenantNetwork = Schemas['TenantNetwork'];
type Router = Schemas['Router'];

const role: Record<Schemas['NetworkRole'], string> = {
  public: 'Public',
  pool: 'Public pool',
  private_pool: 'Private pool',
  routed: 'Private, leads out',
  isolated: 'Isolated',
  unknown: 'Not known',
};

const roleHint: Record<Schemas['NetworkRole'], string> = {
  public: 'A machine attached to it has an address that is reached from outside.',
  pool: 'Its addresses are reached from outside; machines behind a router borrow them.',
  private_pool: 'Outside the cloud, but not reached from outside the centre.',
  routed: 'Machines on it reach out through a router, and can borrow an address.',
  isolated: 'Nothing is known to lead out of it.',
  unknown: 'What would tell is missing.',
};

const confidence: Record<Schemas['Confidence'], string> = { certain: 'certain', likely: 'likely', guessed: 'a guess' };

const onNetwork = (network: TenantNetwork): string =>
  network.network === 'existing' ? `the network ${network.name}` : 'a new network';

function through(router: Router): string {
  switch (router.router) {
    case 'existing':
      return `the router ${router.name}`;
    case 'to_attach':
      return `the router ${router.name}, once the network is attached to it`;
    case 'to_open':
      return `the router ${router.name}, once it is opened to the outside`;
    case 'to_create':
      return 'a new router';
  }
}

function way(of: Attachment): string {
  switch (of.way) {
    case 'direct':
      return `Attached to ${of.network.name}, with an address of it${
        of.versions.length > 0 ? ` (${list(of.versions.map((version) => `IPv${version}`))})` : ''
      }`;
    case 'floating':
      return `On ${onNetwork(of.network)}, with a floating address of ${of.pool.name}, through ${through(of.router)}`;
    case 'outbound':
      return `Attached to ${of.network.name}: it reaches out, nobody reaches it`;
    case 'outbound_through':
      return `On ${onNetwork(of.network)}, which reaches out to ${of.pool.name} through ${through(of.router)}`;
    case 'isolated':
      return `Attached to ${of.network.name}, from which nothing is known to lead out`;
  }
}

function accelerators(
  count: number,
  of: Schemas['Accelerator'] | null | undefined,
  memory: string | undefined,
): string {
  if (count === 0) return '';
  const what = [of?.vendor, of?.model].filter(Boolean).join(' ');
  const kinds: Record<Schemas['AcceleratorKind'], string> = {
    passthrough: 'whole device',
    vgpu: 'virtual, a part of a device',
    cyborg: 'by Cyborg',
    unknown: '',
  };
  const more = [memory, of ? kinds[of.kind] : ''].filter(Boolean).join(', ');
  return `${number(count)} × ${what || 'nobody says what'}${more ? ` (${more})` : ''}`;
}

export const siteStrings = {
  all: 'All sites',
  country: 'Country',
  production: 'In production',
  monitored: 'Monitored',
  yes: 'Yes',
  no: 'No',
  downtimes: 'Downtimes',
  noDowntimes: 'None is announced.',
  downtime: {
    severity: { outage: 'Outage', warning: 'At risk' },
    now: 'now',
    origin: (of: string, source: string) => `${of} (${source})`,
    span: (from: string, until: string) => `${moment(from)} – ${moment(until)}`,
  },
  problems: 'What of the sources cannot be used',
  origin: 'Where this comes from',
  facts: (count: number) => `Facts and where they come from (${number(count)})`,
  factsOf: (name: string) => `Facts about ${name}`,
  conflicts: (count: number) => plural(count, { one: 'conflict', other: 'conflicts' }),
  conflictsTitle: 'Sources that say different things',
  conflict: {
    about: 'About',
    believed: 'Believed',
    refuted: 'Not believed',
  },
  service: {
    none: 'Its sources name no service that can be used.',
    standing: 'For you',
    serves: 'Serves the communities (VO)',
    servesNobody: 'Nobody says whom',
    address: 'Address',
    region: 'Region',
    login: 'Sign-in',
    logins: {
      open_id: 'with a token of a login service',
      application_credential: 'with an application credential',
      password: 'with a password',
    },
    signIns: 'Signed in within the last hour',
    signInTimes: (count: number) => plural(count, { one: 'time', other: 'times' }),
    asked: 'Asked about you',
    projects: 'Projects',
    notSeen: 'It lets you in; what it has was not looked at yet.',
    nothing: 'It lets you in, and has no project for you.',
    project: (community: string | undefined, name: string) =>
      community && community !== name ? `${community} (${name})` : name,
  },
  project: {
    seen: 'Seen',
    with: (eyes: string) => `with the eyes of ${eyes}`,
    zones: (names: string[]) => `Zones: ${list(names)}`,
    gaps: 'Some of it did not answer',
    gap: (part: string, why: string) => `${part}: ${why}`,
  },
  reach: {
    title: 'How a machine gets an address',
    public: 'Reached from outside',
    untried: 'Perhaps reached from outside: only trying tells',
    private: 'Not reached from outside; a run needs no more',
    alone: 'Neither in nor out: not even a run could report',
    noPublic: 'No way is known.',
    obstacles: 'What stands in the way',
    spare: (count: number) => `${plural(count, { one: 'floating address', other: 'floating addresses' })} to spare`,
    verdict: (sure: Schemas['Confidence']) => `This is ${confidence[sure]}.`,
    way,
  },
  networks: {
    title: 'Networks',
    none: 'No network is to be seen.',
    role,
    roleHint,
    confidence,
    evidence: (count: number) => `Why (${number(count)})`,
    evidenceOf: (name: string, service: string) => `Why ${name} at ${service} is believed to be that`,
    own: 'of the project',
    shared: 'shared',
    external: 'external',
    open: 'ports are not guarded',
    hidden: 'hidden, concluded from addresses that were seen',
    publicRange: 'public',
  },
  sizes: {
    title: 'Sizes',
    none: 'It told no sizes.',
    columns: { name: 'Size', cores: 'Cores', memory: 'Memory', disk: 'Disk', accelerators: 'Accelerators' },
    fromVolume: 'from a volume',
    accelerators,
  },
  images: {
    title: 'Images',
    none: 'It told no images.',
    columns: { name: 'Image', system: 'System', user: 'Signs in as', disk: 'Least disk', standing: 'Standing' },
    others: (count: number) => `Also those that nobody is meant to start (${number(count)})`,
    standing: {
      offered: 'Offered',
      superseded: 'There is a newer one',
      hidden: 'Hidden by its owner',
      snapshot: 'Of a machine of this project',
      foreign: 'Of another project',
      unusable: 'Cannot be used',
    },
  },
  quotas: {
    title: 'Quota',
    none: 'Nothing is known of it.',
    names: {
      instances: 'Machines',
      cores: 'Cores',
      memory: 'Memory',
      floating_addresses: 'Floating addresses',
      ports: 'Ports',
      networks: 'Networks',
      routers: 'Routers',
      security_groups: 'Security groups',
      volumes: 'Volumes',
      volume_bytes: 'Space on volumes',
    },
    of: (used: string, limit: string) => `${used} of ${limit} used`,
    unlimited: (used: string) => `${used} used, no limit`,
  },
  lately: {
    title: 'How it went in the last seven days',
    operations: {
      sign_in: 'Signing in:',
      list: 'Looking at what there is:',
      create: 'Machines asked for:',
      boot: 'Boots:',
      address: 'Public addresses:',
      remove: 'Machines deleted:',
    } as Record<string, string>,
    rate: (successes: number, tries: number) => `${number(successes)} of ${number(tries)} succeeded`,
    half: (time: string) => `, half of them within ${time}`,
    failure: '· the last failure was',
    failing: '· nothing has succeeded since',
    because: (cause: string) => `(${cause})`,
  },
  knownOf: (name: string) => `How this is known of ${name}`,
  conflictOf: (name: string) => `Sources differ about ${name}`,
  /** A table among others of its kind. */
  at: (what: string, service: string) => `${what} at ${service}`,
  rest: (count: number) => `Show ${number(count)} more`,
};
