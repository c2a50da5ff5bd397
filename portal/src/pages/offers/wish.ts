// What is wished for, as it stands in the page's address: the names are those that the API takes. Nothing is asked here.
import type { operations } from '@/api/schema.gen';
import type { Change, Offer, Plan, RunRequest } from '@/api/types';
import { newRunStrings } from '@/strings/new-run';
import { readNumber } from '../new-run/form/TextField';
import { readBytes, readSpan } from '../new-run/request/lengths';

export const NAMES = [
  'kind',
  'cores',
  'memory',
  'disk',
  'accelerators',
  'accelerator',
  'accelerator_memory',
  'os',
  'image',
  'public',
  'container',
  'walltime',
  'community',
  'site',
  'service',
  'project',
] as const;
export type Name = (typeof NAMES)[number];

/** As it is typed; what is not there is not wished for. */
export type Wish = Partial<Record<Name, string>>;

type Query = NonNullable<operations['list_offers']['parameters']['query']>;

const words = newRunStrings.mistakes;
const LENGTHS: readonly Name[] = ['memory', 'disk', 'accelerator_memory'];
/** Only machines have these, and only jobs those. */
const OF_MACHINES: readonly Name[] = ['accelerator', 'accelerator_memory', 'os', 'image', 'public'];
const OF_JOBS: readonly Name[] = ['container'];
/** What a new run can be filled in with. */
const OF_NEW_RUN: readonly Name[] = [
  'cores',
  'memory',
  'disk',
  'accelerators',
  'walltime',
  'container',
  'site',
  'service',
];

const LONGEST = 300;

export function readWish(search: URLSearchParams): Wish {
  const named = NAMES.map((name): [Name, string] => [name, (search.get(name) ?? '').slice(0, LONGEST)]);
  return Object.fromEntries(named.filter(([, text]) => text !== ''));
}

/** In one order, so that the same wish is the same address. */
export const searchOf = (wish: Wish): Record<string, string> =>
  Object.fromEntries(NAMES.flatMap((name) => (wish[name] ? [[name, wish[name]]] : [])));

export function withWish(wish: Wish, name: Name, text: string): Wish {
  const { [name]: _, ...rest } = wish;
  const next: Wish = text === '' ? rest : { ...rest, [name]: text };
  if (name !== 'kind') return next;
  const gone = text === 'batch' ? OF_MACHINES : text === 'machine' ? OF_JOBS : [];
  return Object.fromEntries(Object.entries(next).filter(([other]) => !gone.includes(other as Name)));
}

export function mistakesOf(wish: Wish): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  if (wish.cores !== undefined && !(Number(readNumber(wish.cores)) > 0)) found.cores = words.number;
  if (wish.accelerators !== undefined && !/^\d{1,6}$/.test(wish.accelerators.trim()))
    found.accelerators = words.count(0);
  if (wish.walltime !== undefined && readSpan(wish.walltime) === undefined) found.walltime = words.span;
  for (const name of LENGTHS) {
    const text = wish[name];
    if (text === undefined) continue;
    const read = readBytes(text);
    if ('mistake' in read) found[name] = words.bytes(read.mistake, text);
  }
  return found;
}

/** Of a wish without mistakes. */
export function queryOf({ kind, cores, accelerators, public: open, ...texts }: Wish): Query {
  return {
    ...(kind === 'machine' || kind === 'batch' ? { kind } : {}),
    ...(cores === undefined ? {} : { cores: Number(cores) }),
    ...(accelerators === undefined ? {} : { accelerators: Number(accelerators) }),
    ...(open === 'true' ? { public: true } : {}),
    ...texts,
  };
}

/** What a change makes of the wish; nothing where this page has no such wish. */
export function changed(wish: Wish, change: Change): Wish | undefined {
  const without = (...names: Name[]): Wish => names.reduce((left, name) => withWish(left, name, ''), wish);
  switch (change.ask) {
    case 'without_accelerators':
      return without('accelerators', 'accelerator', 'accelerator_memory');
    case 'without_container':
      return without('container');
    case 'without_public_address':
      return without('public');
    case 'any_version':
      return { ...without('image'), os: change.os };
    case 'any_image':
      return without('os', 'image');
    case 'any_accelerators':
      // A model alone means one of it: that one is still wanted.
      return { ...without('accelerator', 'accelerator_memory'), accelerators: wish.accelerators ?? '1' };
    case 'cores':
      return { ...wish, cores: String(change.cores) };
    case 'memory':
      return { ...wish, memory: change.memory };
    case 'disk':
      return { ...wish, disk: change.disk };
    case 'any_site':
      return without('site');
    case 'any_service':
      return without('service');
    case 'any_project':
      return without('project');
    case 'any_community':
      return without('community');
    default:
      return undefined;
  }
}

const quoted = (text: string): string => (/^[\w.:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The same, and only where this offer is. */
export function onlyAt(wish: Wish, { site, service, project }: Offer): Wish {
  return { ...anywhere(wish), site, service, ...(project == null ? {} : { project }) };
}

export function anywhere({ site: _, service: __, project: ___, ...rest }: Wish): Wish {
  return rest;
}

/** Otherwise there is nothing to choose between. */
export const isAtSeveral = ({ offers: [first, ...others] }: Plan): boolean =>
  others.some((offer) => offer.service !== first?.service || offer.project !== first?.project);

export const isOnlyAt = (wish: Wish, { service, project }: Offer): boolean =>
  wish.service === service && wish.project === (project ?? undefined);

/** What finds the same on the command line; what has no flag there is left out. */
export function commandOf(wish: Wish): string {
  const flags = NAMES.filter((name) => name !== 'container').flatMap((name) => {
    const text = wish[name];
    if (text === undefined) return [];
    if (name === 'public') return text === 'true' ? ['--public'] : [];
    return [`--${name.replace('_', '-')}`, quoted(text)];
  });
  return ['roadstead', 'offers', ...flags, '--why'].join(' ');
}

/** The address of a new run of this size. */
export function newRunOf(wish: Wish): string {
  const told = OF_NEW_RUN.flatMap((name) => (wish[name] ? [[name, wish[name]]] : []));
  const search = new URLSearchParams(told as [string, string][]).toString();
  return search === '' ? '/new' : `/new?${search}`;
}

/** The address of a new machine that is wished for so. */
export function newMachineOf(wish: Wish): string {
  const search = new URLSearchParams(searchOf(machineOf(wish))).toString();
  return search === '' ? '/machines/new' : `/machines/new?${search}`;
}

/** What of a wish makes sense for a machine: its kind is known, and how long it lasts is its lifetime. */
export function machineOf(wish: Wish): Wish {
  const { kind: _, container: __, walltime: ___, ...rest } = wish;
  return rest;
}

/** What a request for a job wishes for. */
export function wishOf({ resources, where, container }: RunRequest): Wish {
  const { cores, memory, disk, accelerators, walltime } = resources ?? {};
  const { site, service, project, community } = where ?? {};
  const image = container?.image;
  const told = { cores, memory, disk, accelerators, walltime, container: image, site, service, project, community };
  const named = Object.entries(told).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]]));
  return readWish(new URLSearchParams(named as [string, string][]));
}

export function offersAt(wish: Wish): string {
  const search = new URLSearchParams(searchOf(wish)).toString();
  return search === '' ? '/offers' : `/offers?${search}`;
}
