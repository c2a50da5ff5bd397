// The list, page by page, newest first. Rows change in place (events/feed); new ones are counted, and come in when
// nobody would be disturbed or when the person asks.
import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { answer, api } from '@/api/client';
import { keys, type RunFilter } from '@/api/queries';
import type { Page, Run } from '@/api/types';
import { useEvents } from '@/events/LiveProvider';
import { brings } from './filter';

const PAGE = 200;

type Pages = InfiniteData<Page<Run>, string | undefined>;

async function fetchPage(filter: RunFilter, cursor: string | undefined, signal?: AbortSignal): Promise<Page<Run>> {
  const query = { ...filter, limit: PAGE, ...(cursor ? { cursor } : {}) };
  return answer(api.GET('/api/v1/runs', { params: { query }, ...(signal ? { signal } : {}) }));
}

/** `disturbed` says whether the person would notice rows that come in above. */
export function useRuns(filter: RunFilter, disturbed: () => boolean) {
  const client = useQueryClient();
  const key = keys.list(filter);
  const [fresh, setFresh] = useState<{ of: string; ids: Set<string> }>({ of: '', ids: new Set() });
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchPage(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    // Events tell what changes; fetching thousands of rows again would tell nothing more.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

  const bringIn = useCallback(async () => {
    const newest = await fetchPage(filter, undefined);
    client.setQueryData<Pages>(keys.list(filter), (data) => merge(data, newest));
    setFresh({ of: '', ids: new Set() });
  }, [client, filter]);

  useEvents((events) => {
    const shown = new Set(query.data?.pages.flatMap((page) => page.items.map((run) => run.id)));
    const coming = events.filter((event) => brings(event, filter) && !shown.has(event.run)).map((event) => event.run);
    if (coming.length === 0 || !query.data) return;
    if (!disturbed()) {
      void bringIn().catch(() => undefined);
      return;
    }
    const of = JSON.stringify(filter);
    setFresh((before) => ({ of, ids: new Set([...(before.of === of ? before.ids : []), ...coming]) }));
  });

  const news = fresh.of === JSON.stringify(filter) ? fresh.ids.size : 0;
  return { query, news, bringIn };
}

/** Puts the newest page before what is there; when they do not meet, what lies between is unknown and all begins anew. */
export function merge(data: Pages | undefined, newest: Page<Run>): Pages {
  const first = data?.pages[0];
  const known = new Set(first?.items.map((run) => run.id));
  const overlaps = newest.items.some((run) => known.has(run.id));
  if (!data || !first || (!overlaps && newest.next)) return { pages: [newest], pageParams: [undefined] };
  const current = new Set(newest.items.map((run) => run.id));
  const items = [...newest.items, ...first.items.filter((run) => !current.has(run.id))];
  return { ...data, pages: [{ ...first, items }, ...data.pages.slice(1)] };
}
