// How one stands at a service, as a word, a sign and a colour.
import type { Status } from '@/parts/status';
import { sitesStrings } from '@/strings/sites';
import type { Stand } from './rows';

const SIGNS = {
  open: { tone: 'done', icon: 'check' },
  own: { tone: 'done', icon: 'check' },
  nothing: { tone: 'waiting', icon: 'stop' },
  closed: { tone: 'waiting', icon: 'stop' },
  not_yours: { tone: 'quiet', icon: 'stop' },
  unreachable: { tone: 'failed', icon: 'cross' },
  looking: { tone: 'active', icon: 'search' },
  unknown: { tone: 'quiet', icon: 'planned' },
  none: { tone: 'quiet', icon: 'planned' },
} as const satisfies Record<Stand, Omit<Status, 'label'>>;

export const standStatus = (stand: Stand): Status => ({ label: sitesStrings.table.stand[stand], ...SIGNS[stand] });
