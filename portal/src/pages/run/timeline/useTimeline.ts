import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, apiUrl } from '@/api/client';
import { keys } from '@/api/queries';
import type { Event, Page } from '@/api/types';
import { useEvents } from '@/events/LiveProvider';
import { joined } from './chapters';

const PAGE = 1_000;

async function eventsAfter(run: string, after: number, signal: AbortSignal): Promise<Event[]> {
  const events: Event[] = [];
  for (let from = after; ; ) {
    const url = apiUrl(`runs/${run}/events`);
    url.searchParams.set('after', String(from));
    url.searchParams.set('limit', String(PAGE));
    const response = await answered(fetch(url, { signal, headers: { accept: 'application/json' } }));
    const page = (await response.json()) as Page<Event>;
    events.push(...page.items);
    if (!page.next) return events;
    from = Number(page.next);
  }
}

/** What happened to a run, from the beginning, and what happens now. Numbers without gaps say whether one is missing. */
export function useTimeline(run: string) {
  const client = useQueryClient();
  const key = [...keys.run(run), 'events'];
  const query = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) => {
      const known = client.getQueryData<Event[]>(key) ?? [];
      return joined(known, await eventsAfter(run, known.at(-1)?.seq ?? 0, signal));
    },
  });
  useEvents((events) => {
    const known = client.getQueryData<Event[]>(key);
    const next = (known?.at(-1)?.seq ?? 0) + 1;
    if (known === undefined || events.some((event, i) => event.seq > next + i)) {
      void client.invalidateQueries({ queryKey: key });
    } else client.setQueryData<Event[]>(key, joined(known, events));
  }, run);
  return query;
}
