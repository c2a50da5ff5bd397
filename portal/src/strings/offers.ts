// What the page that finds offers says. Why something is no offer is said by `places`, with the other pages that show plans.
import type { components } from '@/api/schema.gen';
import { bytes, list, number, plural } from './format';

type Schemas = components['schemas'];
type Attachment = Schemas['Attachment'];

const services = (count: number) => plural(count, { one: 'service', other: 'services' });

function change(what: Schemas['Change'], length: (text: string) => string): string {
  switch (what.ask) {
    case 'without_accelerators':
      return 'Without accelerators';
    case 'without_container':
      return 'Without a container';
    case 'without_public_address':
      return 'Without a public address';
    case 'any_version':
      return `With any ${what.os}`;
    case 'any_image':
      return 'With any image';
    case 'any_accelerators':
      return 'With any accelerators';
    case 'one_task':
      return 'As one task on one node';
    case 'cores':
      return `With ${plural(what.cores, { one: 'core', other: 'cores' })}`;
    case 'memory':
      return `With ${length(what.memory)} of memory`;
    case 'disk':
      return `With ${length(what.disk)} of disk`;
    case 'any_site':
      return 'At any site';
    case 'any_service':
      return 'At any service';
    case 'any_project':
      return 'In any project';
    case 'any_community':
      return 'In any community of yours';
  }
}

function address(of: Attachment): string {
  switch (of.way) {
    case 'direct':
      return `Public, on ${of.network.name}`;
    case 'floating':
      return `Public, floating from ${of.pool.name}`;
    case 'outbound':
    case 'outbound_through':
      return 'Reaches out only';
    case 'isolated':
      return 'None';
  }
}

export const offersStrings = {
  title: 'Offers',
  lead: 'Say what you need, and see where it could be had, the best first, and why not elsewhere. Nothing is started.',
  find: 'Find offers',
  compare: 'Compare all offers',
  form: {
    label: 'What you need',
    kind: 'For',
    kinds: { any: 'Machines and jobs', machine: 'Machines', batch: 'Jobs' },
    cores: 'Cores',
    memory: 'Memory',
    disk: 'Disk',
    accelerators: 'Accelerators',
    slider: (of: string) => `${of}, slider`,
    accelerator: 'Their model or vendor',
    acceleratorHint: 'A100, nvidia',
    acceleratorMemory: 'Memory of each',
    os: 'Operating system',
    osHint: 'ubuntu, ubuntu:22.04',
    public: 'Address that is reached from outside',
    container: 'Container image',
    walltime: 'For how long',
    community: 'Community (VO)',
    anyCommunity: 'Any of yours',
    site: 'Site',
    anySite: 'Any',
    more: 'More wishes',
    only: { service: 'Service', project: 'Project', image: 'Image' },
    drop: (what: string, value: string) => `${what}: ${value}. Take it away`,
    reset: 'Start over',
    wrong: 'Correct what is marked first. Shown is what was found before.',
  },
  command: {
    label: 'The same on the command line',
    copy: 'Copy the command',
  },
  found: (shown: number, all: number) =>
    shown < all
      ? `The best ${number(shown)} of ${plural(all, { one: 'offer', other: 'offers' })}`
      : plural(all, { one: 'offer', other: 'offers' }),
  foundNone: 'No offers',
  checked: 'Looked for',
  newRun: 'New run of this size',
  newMachine: 'New machine like this',
  looking: (count: number) => `${services(count)} ${count === 1 ? 'is' : 'are'} still being looked at:`,
  lookingMore: '. What they have comes in as they answer.',
  silent: (count: number) => `${services(count)} did not answer:`,
  silentMore: '. What they have is missing here.',
  andMore: (count: number) => `and ${number(count)} more`,
  table: {
    label: 'Offers, the best first',
    columns: {
      place: 'Site',
      size: 'Size',
      cores: 'Cores',
      memory: 'Memory',
      disk: 'Disk',
      accelerators: 'Accelerators',
      image: 'Image',
      address: 'Address',
      score: 'Score',
    },
    job: 'A job: no image',
    part: 'a part of it',
    fromVolume: 'from a volume',
    address,
    best: 'Best',
    why: (rank: number, score: number) => `Why offer ${number(rank)} has ${score.toFixed(1)} points`,
    score: (score: number) => score.toFixed(1),
    terms: 'What the score is made of',
    way: 'How it gets its address',
    image: (name: string, user: string | null | undefined) => (user ? `${name}; one signs in as ${user}` : name),
    more: (count: number) => `Show ${number(count)} more`,
    system: (name: string, version: string | null | undefined) => (version ? `${name} ${version}` : name),
    accelerators: (count: number, what: string, memory: number | undefined) =>
      `${number(count)} × ${what || 'not known'}${memory ? `, ${bytes(memory)}` : ''}`,
  },
  only: {
    short: 'Only here',
    here: (place: string) => `Only here: ${place}`,
    why: 'Ask for this place and no other',
    anywhere: 'Look everywhere again',
  },
  none: {
    title: 'No offer has all of this',
    text: 'Ask for less, or take one of the wishes away.',
    otherwise: 'One change is enough:',
    change,
    services,
    opens: (change: string, count: number) => `${change}: ${services(count)}`,
    nothing: 'No single change would help. The reasons beside say what each place lacks.',
    looking: 'Nothing has been found yet',
    lookingText: 'Sites are still being looked at; what they have comes in as they answer.',
    noPlaces: 'No places are known',
    noPlacesText: 'This gateway knows no place for this. Its administrator can add one.',
  },
  not: {
    title: 'Why not',
    none: 'Nothing that is known was ruled out.',
    asked: (count: number) => `Not what you asked for (${number(count)})`,
    some: (count: number) => `Other sizes where there are offers (${number(count)})`,
    at: (names: string[]) => list(names),
  },
};
