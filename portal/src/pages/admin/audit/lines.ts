// Entries of the audit as lines of a file.
import type { AuditEntry } from '@/api/types';

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

export const csvHead = `${COLUMNS.join(',')}\r\n`;

export const jsonLine = (entry: AuditEntry): string => `${JSON.stringify(entry)}\n`;

export const csvLine = (entry: AuditEntry): string => `${COLUMNS.map((name) => cell(entry[name])).join(',')}\r\n`;

/** Spreadsheets take a text that begins like a formula for one; the paths of requests come from strangers. */
function cell(value: AuditEntry[keyof AuditEntry]): string {
  const text = value === undefined || value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
