import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, answer, api } from '@/api/client';
import type { Plan, ServiceStanding } from '@/api/types';
import { FRESH, liveSitesQuery } from '../sites/queries';
import { mistakesOf, type Name, queryOf, searchOf, type Wish } from './wish';

/** A slider passes many values on its way to the one that is meant. */
const PAUSE = 250;

export interface Found {
  /** Of an earlier wish while `changing`, or when this one has mistakes: nothing jumps while one moves a slider. */
  plan: Plan | undefined;
  mistakes: Partial<Record<Name, string>>;
  /** What is wrong beyond single wishes. */
  error: unknown;
  changing: boolean;
  again(): void;
  /** Services whose answer is still awaited, and those that gave none. */
  looking: Placed[];
  silent: Placed[];
  sites: string[];
  /** Plans tell of projects by what tells them apart, which nobody can read. */
  projectName(id: string): string;
}

export interface Placed {
  site: string;
  service: string;
}

export function useOffers(wish: Wish): Found {
  const sites = useQuery(liveSitesQuery).data?.items ?? [];
  const standing = sites.flatMap((site) => (site.standing ?? []).map((one) => ({ site: site.name, one })));
  const of = (is: (one: ServiceStanding) => boolean): Placed[] =>
    standing.filter(({ one }) => is(one)).map(({ site, one }) => ({ site, service: one.service }));
  // What is known has changed when this has: then there may be other offers.
  const seen = standing.map(({ one }) => `${one.service} ${one.access} ${one.seen_at} ${one.snapshots.length}`).join();

  const names = new Map(
    standing.flatMap(({ one }) =>
      (one.access === 'open' ? one.projects : []).map(({ project }) => [project.id, project.name]),
    ),
  );

  const typed = JSON.stringify(searchOf(wish));
  const [settled] = useDebouncedValue(typed, PAUSE);
  const asked = JSON.parse(settled) as Wish;
  const readable = Object.keys(mistakesOf(asked)).length === 0;
  const query = useQuery({
    queryKey: ['offers', settled, seen],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/offers', { params: { query: queryOf(asked) }, signal })),
    enabled: readable,
    placeholderData: keepPreviousData,
    staleTime: 5_000,
    refetchInterval: FRESH,
  });
  // A refused wish has no plan; what was found before it stays in sight.
  const [latest, setLatest] = useState<Plan>();
  useEffect(() => {
    if (query.data) setLatest(query.data);
  }, [query.data]);

  const local = mistakesOf(wish);
  const refused = query.error instanceof ApiError ? (query.error.problem.fields ?? []) : [];
  const told = settled === typed && readable ? refused : [];
  const isLocal = Object.keys(local).length > 0;
  return {
    plan: query.data ?? latest,
    mistakes: { ...Object.fromEntries(told.map(({ field, detail }) => [lastOf(field), detail])), ...local },
    error: refused.length === 0 && readable ? query.error : undefined,
    changing: !isLocal && (settled !== typed || (query.isFetching && query.isPlaceholderData)),
    again: () => void query.refetch(),
    looking: of((one) => one.looking === true || (one.access === 'unknown' && one.looking !== false)),
    silent: of((one) => one.access === 'unreachable'),
    sites: sites.map((site) => site.name),
    projectName: (id) => names.get(id) ?? id,
  };
}

/** `resources.cores` of a request is `cores` here. */
const lastOf = (field: string): string => field.split('.').at(-1) ?? field;
