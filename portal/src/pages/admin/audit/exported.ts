// The audit as a file: NDJSON as the command line exports it, or CSV for spreadsheets.
import type { AuditEntry } from '@/api/types';
import { type AuditFilter, fetchAudit } from '../queries';

export type Form = 'ndjson' | 'csv';

const PAGE = 1_000;
const COLUMNS = [
  'id',
  'at',
  'person',
  'credential',
  'operation',
  'about',
  'owner',
  'address',
  'allowed',
  'status',
  'code',
  'unseen',
  'request',
] as const satisfies (keyof AuditEntry)[];

/** What is read goes into blobs at once, which the browser may keep on disk: it is as long as the gateway is old. */
export async function gather(
  filter: AuditFilter,
  form: Form,
  signal: AbortSignal,
  tell: (count: number) => void,
): Promise<{ file: Blob; count: number }> {
  const parts: Blob[] = form === 'csv' ? [new Blob([`${COLUMNS.join(',')}\r\n`])] : [];
  let count = 0;
  let cursor: string | undefined;
  do {
    const { items, next } = await fetchAudit(filter, PAGE, cursor, signal);
    parts.push(new Blob([items.map(form === 'csv' ? csvLine : jsonLine).join('')]));
    count += items.length;
    cursor = next ?? undefined;
    tell(count);
  } while (cursor !== undefined);
  return { file: new Blob(parts, { type: form === 'csv' ? 'text/csv' : 'application/x-ndjson' }), count };
}

export const jsonLine = (entry: AuditEntry): string => `${JSON.stringify(entry)}\n`;

export const csvLine = (entry: AuditEntry): string => `${COLUMNS.map((name) => cell(entry[name])).join(',')}\r\n`;

/** Spreadsheets take a text that begins like a formula for one; the paths of requests come from strangers. */
function cell(value: AuditEntry[keyof AuditEntry]): string {
  const text = value === undefined || value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
