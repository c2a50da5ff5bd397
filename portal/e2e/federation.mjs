// A federation that is not there. The tests of the pages about sites answer the gateway's questions themselves (route), with
// what the API describes: real sites would have to be let in at. That the gateway finds such things is tested where it does.
const GIB = 'GiB';
const MINUTE = 60_000;

const at = (minutes) => new Date(Date.now() + minutes * MINUTE).toISOString();
const fact = (name, value, source) => ({ name, value, source });
const quota = (used, limit) => (limit === undefined ? { used } : { used, limit });

const problem = {
  source: 'egi: NORD.yaml',
  what: 'malformed',
  detail: 'mapping values are not allowed at line 7',
  remedy: 'The administrator of the site corrects the file.',
};

const downtime = (service, from, until, severity = 'outage') => ({
  service,
  of: `org.openstack.nova at ${service}`,
  from: at(from),
  until: at(until),
  why: 'Replacing the switches',
  severity,
  source: 'gocdb',
});

const endpoint = (site, name, more = {}) => ({
  name,
  site,
  driver: 'openstack',
  auth_url: `https://${name}:5000/v3`,
  identity_provider: 'egi.eu',
  protocol: 'openid',
  login: 'open_id',
  communities: [],
  facts: [fact('auth_url', `https://${name}:5000/v3`, `egi: ${site}.yaml`), fact('in_production', 'yes', 'gocdb')],
  ...more,
});

const published = (name, title, country, services, more = {}) => ({
  name,
  title,
  country,
  in_production: true,
  monitored: true,
  services,
  downtimes: [],
  problems: [],
  ...more,
});

const summary = (project, community, more) => ({
  project,
  community,
  sizes: 4,
  accelerators: 0,
  images: 3,
  public: 'yes',
  quotas: { instances: quota(8, 20), cores: quota(60, 64) },
  gaps: 0,
  seen_at: at(-7),
  ...more,
});

export const request =
  'Dear support,\nI am a member of eiscat3d.eu, and my token has the role member.\nI need vm_operator.';

const ALPHA = { id: 'a1', name: 'alpha' };
const BETA = { id: 'b2', name: 'beta' };

export function federation() {
  const sky = 'cloud.sky.example.org';
  const sites = [
    {
      name: 'SKY',
      description: 'openstack',
      services: [sky],
      published: published(
        'SKY',
        'Observatory Computing Centre',
        'Spain',
        [
          endpoint('SKY', sky, {
            conflicts: [
              {
                about: 'region',
                believed: fact('region', 'RegionOne', 'egi: SKY.yaml'),
                refuted: fact('region', 'sky-1', 'cloud-info'),
              },
            ],
          }),
        ],
        { downtimes: [downtime(sky, 60 * 50, 60 * 54)], facts: [fact('country', 'Spain', 'gocdb')] },
      ),
      standing: [
        {
          service: sky,
          access: 'open',
          communities: ['eiscat3d.eu', 'vo.radio.example'],
          projects: [
            { project: ALPHA, community: 'eiscat3d.eu' },
            { project: BETA, community: 'vo.radio.example' },
          ],
          looking: false,
          seen_at: at(-7),
          sign_ins: 3,
          snapshots: [
            summary(ALPHA, 'eiscat3d.eu', { accelerators: 2 }),
            summary(BETA, 'vo.radio.example', {
              public: 'no',
              gaps: 1,
              quotas: { instances: quota(3, 3), cores: quota(40) },
            }),
          ],
        },
      ],
    },
    {
      name: 'NORD',
      description: 'openstack',
      services: ['nord.example.org'],
      published: published('NORD', 'Northern Data Centre', 'Sweden', [endpoint('NORD', 'nord.example.org')], {
        problems: [problem, { ...problem, source: 'cloud-info', what: 'stale', read_at: at(-600) }],
        downtimes: [downtime('nord.example.org', -60, 60)],
      }),
      standing: [
        {
          service: 'nord.example.org',
          access: 'closed',
          communities: ['eiscat3d.eu'],
          help: {
            why: 'your token says member for eiscat3d.eu, and the site wants vm_operator',
            remedy: 'Send the request below to the support of the site.',
            link: 'https://aai.example.org/join?group=eiscat3d.eu',
            request,
          },
          looking: false,
          seen_at: at(-3),
          sign_ins: 1,
          snapshots: [],
        },
      ],
    },
    {
      name: 'FJORD',
      description: 'openstack',
      services: ['fjord.example.org', 'old.fjord.example.org'],
      published: published('FJORD', 'Fjord', 'Norway', []),
      standing: [
        {
          service: 'fjord.example.org',
          access: 'not_yours',
          communities: ['vo.fish.example'],
          help: { why: 'it serves vo.fish.example, of which you are no member', remedy: 'Join it.' },
          looking: false,
          sign_ins: 0,
          snapshots: [],
        },
        {
          service: 'old.fjord.example.org',
          access: 'unreachable',
          communities: ['vo.fish.example'],
          help: { why: 'it did not answer within 2 s', remedy: 'It is tried again by itself.' },
          looking: false,
          sign_ins: 0,
          snapshots: [],
        },
      ],
    },
    {
      name: 'SLOW',
      description: 'openstack',
      services: ['slow.example.org'],
      published: published('SLOW', 'Slow', 'Italy', []),
      standing: [
        {
          service: 'slow.example.org',
          access: 'unknown',
          communities: ['eiscat3d.eu'],
          looking: true,
          sign_ins: 0,
          snapshots: [],
        },
      ],
    },
    {
      name: 'LOST',
      description: '',
      services: [],
      published: published('LOST', null, null, [], { in_production: null, monitored: null, problems: [problem] }),
    },
  ];
  return { sites, snapshots: { [sky]: [alpha(sky), beta(sky)] } };
}

const size = (name, cores, memory, more = {}) => ({
  name,
  id: `size-${name}`,
  cores,
  memory: `${memory}${GIB}`,
  disk: `20${GIB}`,
  accelerators: 0,
  divisible: false,
  ...more,
});

const image = (name, standing, more = {}) => ({
  id: `image-${name}`,
  name,
  system: { name: 'ubuntu', version: '22.04' },
  architecture: 'x86_64',
  login_user: 'ubuntu',
  min_disk: `3${GIB}`,
  min_memory: '0B',
  standing,
  ...more,
});

const network = (name, role, confidence, more = {}) => ({
  id: `net-${name}`,
  name,
  role,
  confidence,
  evidence: [
    fact('router:external', 'true', 'Neutron'),
    fact('subnet', '203.0.113.0/24', 'seen in a floating address'),
  ],
  own: false,
  shared: false,
  external: false,
  subnets: [],
  port_security: true,
  ...more,
});

function alpha(service) {
  const outside = { id: 'net-outside', name: 'outside' };
  return {
    service,
    site: 'SKY',
    project: ALPHA,
    community: 'eiscat3d.eu',
    sizes: [
      size('tiny', 1, 2),
      size('large', 32, 128, { from_volume: true, disk: '0B' }),
      size('gpu.a100', 8, 64, {
        accelerators: 2,
        accelerator: { kind: 'passthrough', vendor: 'NVIDIA', model: 'V100', memory: `32${GIB}` },
        facts: [fact('model', 'V100', 'pci_passthrough:alias')],
        conflicts: [
          { about: 'model', believed: fact('model', 'V100', 'extra spec'), refuted: fact('model', 'A100', 'its name') },
        ],
      }),
      size('middle', 4, 8),
    ],
    images: [
      image('Ubuntu 22.04', { standing: 'offered' }, { facts: [fact('system', 'ubuntu 22.04', 'os_distro')] }),
      image('Rocky 9', { standing: 'offered' }, { system: { name: 'rocky', version: '9' }, login_user: 'rocky' }),
      image('Shared', { standing: 'foreign', owner: 'p9' }, { login_user: null }),
      image('Ubuntu 22.04 of May', { standing: 'superseded', by: 'Ubuntu 22.04' }),
      image('Secret', { standing: 'hidden' }),
      image('Broken', { standing: 'unusable', why: 'deactivated' }),
    ],
    networks: [
      network('outside', 'pool', 'certain', {
        external: true,
        subnets: [{ range: '203.0.113.0/24', version: 4, public: true }],
      }),
      network('public-net', 'private_pool', 'likely', {
        external: true,
        subnets: [{ id: 's1', range: '10.20.0.0/16', version: 4, public: false }],
      }),
      network('mine', 'routed', 'certain', {
        own: true,
        subnets: [{ id: 's2', range: '192.168.0.0/24', version: 4, public: false }],
      }),
    ],
    reach: {
      public: [
        {
          way: 'floating',
          network: { network: 'existing', id: 'net-mine', name: 'mine', subnet: 's2' },
          router: { router: 'to_attach', id: 'r1', name: 'gate' },
          pool: outside,
        },
      ],
      untried: [{ way: 'direct', network: { id: 'net-x', name: 'shared-x' }, versions: [6] }],
      private: [{ way: 'outbound', network: { id: 'net-mine', name: 'mine' } }],
      spare_addresses: [{ id: 'f1', address: '203.0.113.9', pool: 'net-outside' }],
      obstacles: [{ obstacle: 'only_private_pools', pools: [{ id: 'net-public-net', name: 'public-net' }] }],
      confidence: 'likely',
    },
    quotas: {
      instances: quota(8, 20),
      cores: quota(60, 64),
      memory: quota(64 * 2 ** 30, 256 * 2 ** 30),
      floating_addresses: quota(2, 2),
      volumes: quota(4),
    },
    zones: ['nova'],
    gaps: [],
    seen_at: at(-7),
    seen_with: 'a person of the community',
  };
}

function beta(service) {
  return {
    ...alpha(service),
    project: BETA,
    community: 'vo.radio.example',
    sizes: [],
    networks: [],
    reach: { public: [], private: [], obstacles: [{ obstacle: 'no_public_network' }], confidence: 'guessed' },
    gaps: [{ part: 'networks', why: 'Neutron did not answer within 2 s' }],
  };
}

/** Answers the questions about sites on a page. `asked` has the queries of each question for all sites. */
export async function answerWith(page, made) {
  const asked = [];
  await page.route(/\/api\/v1\/(sites|services)(\/|\?|$)/, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const [, kind, name, part] = /\/api\/v1\/(sites|services)(?:\/([^/]+))?(?:\/(.+))?$/.exec(pathname) ?? [];
    const named = decodeURIComponent(name ?? '');
    if (kind === 'sites' && !name) {
      asked.push(search);
      await made.beforeSites?.(search);
      return route.fulfill({ json: { items: made.sites, next: null } });
    }
    if (kind === 'sites') return route.fulfill({ json: made.sites.find((site) => site.name === named) });
    if (part === 'snapshots') return route.fulfill({ json: { items: made.snapshots[named] ?? [], next: null } });
    return route.fulfill({ json: { items: made.services ?? [], next: null } });
  });
  return asked;
}
