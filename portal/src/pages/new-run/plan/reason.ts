import type { Rejection } from '@/api/types';
import { format } from '@/strings';
import { placementStrings as s } from '@/strings/new-run';
import { placeReason } from '@/strings/places';
import { readBytes } from '../request/lengths';

type Reason = Rejection['reasons'][number];

/** "15873245184B" is exact; "14.8 GiB" can be read. */
export function bytesText(length: string): string {
  const read = readBytes(length);
  return 'bytes' in read ? format.bytes(read.bytes) : length;
}

export function reasonText(reason: Reason): string {
  const say = s.reasons;
  switch (reason.reason) {
    case 'other_site':
      return say.other_site(reason.wanted);
    case 'other_service':
      return say.other_service(reason.wanted);
    case 'other_project':
      return say.other_project(reason.wanted);
    case 'too_few_cores':
      return say.too_few_cores(reason.wanted, reason.largest);
    case 'too_little_memory':
      return say.too_little_memory(bytesText(reason.wanted), bytesText(reason.largest));
    case 'too_little_disk':
      return say.too_little_disk(bytesText(reason.wanted), bytesText(reason.largest));
    case 'too_few_accelerators':
      return say.too_few_accelerators(reason.wanted, reason.largest);
    case 'no_container_engine':
      return say.no_container_engine(reason.detail);
    case 'not_in_one_size':
      return say.not_in_one_size(reason.sizes ?? 0);
    case 'one_node_only':
      return say.one_node_only(reason.nodes, reason.tasks_per_node);
    case 'excluded':
      return say.excluded(reason.cause, format.moment(reason.until));
    default:
      // A newer gateway may have reasons that this page does not know.
      return placeReason(reason) ?? say.other;
  }
}
