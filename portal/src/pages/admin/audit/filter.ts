// What of the audit is shown, kept in the address: a link leads to the same entries.
import type { AuditFilter } from '../queries';

export const TEXTS = ['person', 'operation', 'about', 'since', 'until'] as const;

export function readFilter(search: URLSearchParams): AuditFilter {
  const filter: AuditFilter = {};
  for (const name of TEXTS) {
    const value = search.get(name);
    if (value) filter[name] = value;
  }
  if (search.get('refused') === 'true') filter.refused = true;
  return filter;
}

export function writeFilter(filter: AuditFilter): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? '/admin/audit' : `/admin/audit?${text}`;
}

/** For `datetime-local`, which knows no time zone: the person's own. */
export function toLocal(at: string | undefined): string {
  const moment = at === undefined ? Number.NaN : new Date(at).getTime();
  if (Number.isNaN(moment)) return '';
  return new Date(moment - new Date(moment).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromLocal(text: string): string | undefined {
  const moment = new Date(text);
  return text === '' || Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
