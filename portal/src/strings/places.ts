// Why something is no offer: shared by the pages that show plans.
import type { components } from '@/api/schema.gen';
import { bytes, moment, number, plural } from './format';

type Schemas = components['schemas'];
type Reason = Schemas['Reason'];
type Obstacle = Schemas['Obstacle'];

/** Causes come as parts of sentences. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;

const listed = (all: string[], none: string) => (all.length > 0 ? all.join(', ') : none);

const QUANTITIES: Record<Schemas['Quantity'], string> = {
  instances: 'machines',
  cores: 'cores',
  memory: 'memory',
  ports: 'ports',
  volumes: 'volumes',
  volume_bytes: 'volumes',
};

function quota(of: Schemas['Quantity'], left: number, limit: number): string {
  const isLength = of === 'memory' || of === 'volume_bytes';
  const figures = isLength ? `${bytes(left)} of ${bytes(limit)} of` : `${number(left)} of ${number(limit)}`;
  // Some of it is left, and a size takes more than that.
  return left > 0
    ? `Needs more than the quota has left: ${figures} ${QUANTITIES[of]}`
    : `Quota: ${figures} ${QUANTITIES[of]} left`;
}

/** What stands in the way of an address. */
export function obstacle(what: Obstacle): string {
  switch (what.obstacle) {
    case 'no_network':
      return 'there is no network';
    case 'no_public_network':
      return 'none of the networks has public addresses';
    case 'only_private_pools':
      return `the outside networks (${what.pools.map((pool) => pool.name).join(', ')}) are not known to be reachable from everywhere`;
    case 'no_floating_addresses':
      return `all floating addresses are taken (${number(what.used)} of ${number(what.limit)})`;
    case 'no_ports':
      return `all ports are taken (${number(what.used)} of ${number(what.limit)})`;
    case 'no_routers':
      return `a router is missing, and the quota has none left (${number(what.used)} of ${number(what.limit)})`;
    case 'no_networks':
      return `a network is missing, and the quota has none left (${number(what.used)} of ${number(what.limit)})`;
    case 'no_subnets':
      return `a range of addresses is missing, and the quota has none left (${number(what.used)} of ${number(what.limit)})`;
    case 'not_allowed':
      return `it was refused before: ${what.what}`;
    case 'not_known':
      return `not known: ${what.what}`;
  }
}

const inTheWay = (all: Obstacle[]) => listed(all.map(obstacle), 'no way is known');

/** Why a place, a size or an image is no offer, where it takes a federation to have such a reason. */
export function placeReason(why: Reason): string | undefined {
  switch (why.reason) {
    case 'other_community':
      return `You asked for the community (VO) ${why.wanted}`;
    case 'other_kind':
      return why.wanted === 'machine' ? 'No machines can be had here' : 'No jobs can be run here';
    case 'not_let_in':
      return `${sentence(why.why)} ${why.remedy}`;
    case 'access_not_known':
      return `It is not known yet whether it lets you in: ${why.why}`;
    case 'not_seen':
      return `It is not known yet what it has: ${why.why}`;
    case 'part_missing':
      return `Its ${why.part} are not known: ${why.why}`;
    case 'no_sizes':
      return 'It has no sizes';
    case 'downtime':
      return `In downtime until ${moment(why.until)}: ${why.why}`;
    case 'over_quota':
      return quota(why.of, why.left, why.limit);
    case 'no_volumes':
      return 'They start from volumes, and there are none here';
    case 'other_accelerator':
      return `${why.wanted} wanted as accelerator; here: ${listed(why.has, 'nobody says what they are')}`;
    case 'too_little_accelerator_memory':
      return `${why.wanted} of memory wanted in each accelerator; ${why.largest} is the most that is known of`;
    case 'no_image':
      return `No image with ${why.wanted}; there are: ${listed(why.has, 'none')}`;
    case 'image_unusable':
      return `Image ${why.image} cannot be used: ${why.why}`;
    case 'image_needs_disk':
      return `Image ${why.image} needs ${why.needs} of disk; ${why.largest} is the most`;
    case 'image_needs_memory':
      return `Image ${why.image} needs ${why.needs} of memory; ${why.largest} is the most`;
    case 'no_public_address':
      return `No public address can be had: ${inTheWay(why.obstacles)}`;
    case 'no_way_out':
      return `Nothing leads in or out of its networks: ${inTheWay(why.obstacles)}`;
    case 'image_not_allowed':
      return `${why.community} does not allow image ${why.image}`;
    case 'software_not_allowed':
      return `${why.community} does not allow the software ${why.image}`;
    case 'size_not_for_you':
      return `${why.community} keeps the size for those with the role ${listed(why.roles, 'of nobody')}`;
    case 'share_used_up':
      return `${why.community} uses ${number(why.used)} of the ${number(why.agreed)} cores agreed upon here`;
    default:
      return undefined;
  }
}

/** Nothing when a reason rules out all there is. */
export function ofSizes(sizes: number | undefined, of: number | undefined): string {
  return sizes === undefined || of === undefined || sizes >= of
    ? ''
    : ` (${number(sizes)} of ${plural(of, { one: 'size', other: 'sizes' })})`;
}
