import type { AuditEntry } from '@/api/types';
import type { Status } from '@/parts/status';
import { admin } from '@/strings/admin';

const s = admin.audit;

/** From here on the gateway failed, and did not refuse. */
const FAILED = 500;

export function result({ allowed, status, code }: AuditEntry): Status {
  if (allowed) return { label: s.done, tone: 'done', icon: 'check' };
  const why = code ?? String(status);
  return status >= FAILED
    ? { label: s.failed(why), tone: 'waiting', icon: 'warning' }
    : { label: s.refused(why), tone: 'failed', icon: 'stop' };
}
