// The audit as a file: NDJSON as the command line exports it, or CSV for spreadsheets.
import { type AuditFilter, fetchAudit } from '../queries';
import { csvHead, csvLine, jsonLine } from './lines';

export type Form = 'ndjson' | 'csv';

const PAGE = 1_000;
/** What is read goes into blobs at once, which the browser may keep on disk: it is as long as the gateway is old. */
export async function gather(
  filter: AuditFilter,
  form: Form,
  signal: AbortSignal,
  tell: (count: number) => void,
): Promise<{ file: Blob; count: number }> {
  const parts: Blob[] = form === 'csv' ? [new Blob([csvHead])] : [];
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
