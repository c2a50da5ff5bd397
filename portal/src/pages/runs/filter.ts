// What the list shows, kept in the address: a link leads to the same list.
import type { RunFilter } from '@/api/queries';
import type { Event, Outcome, State } from '@/api/types';

export const STATES: State[] = ['planned', 'provisioning', 'staging', 'running', 'collecting', 'releasing'];
export const OUTCOMES: Outcome[] = ['done', 'failed', 'cancelled'];

export function readFilter(search: URLSearchParams): RunFilter {
  const state = [...STATES, 'ended' as const].find((one) => one === search.get('state'));
  const outcome = OUTCOMES.find((one) => one === search.get('outcome'));
  const part = search.get('name_contains');
  return {
    ...(state ? { state } : {}),
    ...(outcome ? { outcome } : {}),
    ...(part ? { name_contains: part } : {}),
    ...(search.get('active') === 'true' ? { active: true } : {}),
  };
}

export function writeFilter(filter: RunFilter): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(filter)) search.set(key, String(value));
  const text = search.toString();
  return text === '' ? '/runs' : `/runs?${text}`;
}

/** State and outcome as one choice: `state:running`, `outcome:failed`, `active`, or nothing. */
export function choiceOf(filter: RunFilter): string {
  if (filter.state) return `state:${filter.state}`;
  if (filter.outcome) return `outcome:${filter.outcome}`;
  return filter.active ? 'active' : '';
}

export function withChoice(filter: RunFilter, choice: string): RunFilter {
  const kept = filter.name_contains ? { name_contains: filter.name_contains } : {};
  const [kind, value] = choice.split(':');
  const state = STATES.find((one) => kind === 'state' && one === value);
  const outcome = OUTCOMES.find((one) => kind === 'outcome' && one === value);
  return {
    ...kept,
    ...(state ? { state } : {}),
    ...(outcome ? { outcome } : {}),
    ...(kind === 'active' ? { active: true } : {}),
  };
}

/** Whether what happened may bring a run into the list that is not in it. */
export function brings(event: Event, filter: RunFilter): boolean {
  if (filter.state) return event.kind === 'state' && event.state === filter.state;
  if (filter.outcome) return event.kind === 'outcome' && event.outcome === filter.outcome;
  const part = filter.name_contains?.toLowerCase() ?? '';
  return event.kind === 'created' && event.name.toLowerCase().includes(part);
}
