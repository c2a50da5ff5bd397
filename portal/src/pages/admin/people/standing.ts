import type { PersonView } from '@/api/types';
import type { Status } from '@/parts/status';
import { admin } from '@/strings/admin';

const s = admin.people.states;

/** What matters most about somebody: that they may not come in goes before what they may. */
export function standing(person: PersonView): Status {
  if (person.suspended_at) return { label: s.suspended, tone: 'failed', icon: 'stop' };
  if (person.administrator) return { label: s.administrator, tone: 'active', icon: 'admin' };
  return { label: s.person, tone: 'quiet', icon: 'account' };
}

/** Somebody whom this gateway itself made: no login service stands behind it. */
export const isLocal = ({ issuer }: PersonView['identities'][number]): boolean => issuer === 'local';
