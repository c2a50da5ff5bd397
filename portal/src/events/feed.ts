// Events change what is kept: rows of lists in place (nothing is fetched, nothing moves), the open run at once and,
// a moment later, from the gateway, and the short lists of Home by fetching them again.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { keys } from '@/api/queries';
import type { Event, Page, Run, RunDetail } from '@/api/types';
import { advance } from './advance';

/** These say less than what they change. */
const FETCH_AGAIN = new Set<Event['kind']>(['attempt_started', 'attempt_ended', 'outcome', 'retry_requested', 'state']);

export function feed(client: QueryClient, events: Event[]): void {
  const byRun = group(events);
  patchLists(client, byRun);
  repeatAfterwards(client, events);
  for (const [id, happened] of byRun) {
    client.setQueryData<RunDetail>(keys.run(id), (run) => run && happened.reduce(advance, run));
    if (happened.some((event) => FETCH_AGAIN.has(event.kind))) {
      // Exactly the run: its outputs, log and plan decide for themselves when they are old.
      void client.invalidateQueries({ queryKey: keys.run(id), exact: true });
    }
  }
  // Tokens are handed out as runs begin, and given back as they end.
  if (events.some((event) => FETCH_AGAIN.has(event.kind)))
    void client.invalidateQueries({ queryKey: keys.credentials });
  // Only those on screen are fetched; which runs are machines, events do not tell.
  if (events.some((event) => FETCH_AGAIN.has(event.kind) || event.kind === 'lifetime' || event.kind === 'step'))
    void client.invalidateQueries({ queryKey: keys.machines });
  if (events.some(waitsForSignIn)) void client.invalidateQueries({ queryKey: keys.me });
  if (events.some((event) => event.kind !== 'step' && event.kind !== 'owned')) {
    void client.invalidateQueries({ queryKey: keys.glances });
  }
}

/** Then a consent has ended, and the gateway knows at which login service. */
const waitsForSignIn = (event: Event) => event.kind === 'waiting' && event.waiting_for.reason === 'sign_in';

function patchLists(client: QueryClient, byRun: Map<string, Event[]>): void {
  client.setQueriesData<InfiniteData<Page<Run>>>({ queryKey: keys.lists }, (data) => {
    if (!data) return data;
    let changed = false;
    const pages = data.pages.map((page) => {
      if (!page.items.some((run) => byRun.has(run.id))) return page;
      changed = true;
      return { ...page, items: page.items.map((run) => byRun.get(run.id)?.reduce(advance, run) ?? run) };
    });
    return changed ? { ...data, pages } : data;
  });
}

/** What happened while lists were being fetched. */
let missed: Event[] = [];

/** An answer that is on its way was perhaps read before these events: its rows are changed when it is there. */
function repeatAfterwards(client: QueryClient, events: Event[]): void {
  const isFetching = () => client.isFetching({ queryKey: keys.lists }) > 0;
  if (!isFetching()) return;
  const isWaiting = missed.length > 0;
  missed.push(...events);
  if (isWaiting) return;
  const stop = client.getQueryCache().subscribe(() => {
    if (isFetching()) return;
    stop();
    const happened = missed;
    missed = [];
    patchLists(client, group(happened));
  });
}

function group(events: Event[]): Map<string, Event[]> {
  const groups = new Map<string, Event[]>();
  for (const event of events) groups.set(event.run, [...(groups.get(event.run) ?? []), event]);
  return groups;
}
