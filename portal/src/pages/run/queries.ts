// What only this page asks for. All of it lies below the run's own key, so that forgetting the run forgets it.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { components } from '@/api/schema.gen';

export type CauseGroup = components['schemas']['CauseGroup'];

/** While a run is under way its elements change without an event of their own. */
const LOOK_AGAIN = 3_000;

const under = (id: string, ...rest: unknown[]) => [...keys.run(id), ...rest];

export const elementQuery = (id: string, index: number, ended: boolean) =>
  queryOptions({
    queryKey: under(id, 'element', index, ended),
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/runs/{id}/elements/{index}', { params: { path: { id, index } }, signal })),
    placeholderData: (before) => (before?.index === index ? before : undefined),
    refetchInterval: (query) => (ended || query.state.data?.state === 'ended' ? false : LOOK_AGAIN),
  });

export const elementsQuery = (id: string, is: string | undefined) =>
  infiniteQueryOptions({
    queryKey: under(id, 'elements', is),
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 200, ...(is ? { is } : {}), ...(pageParam ? { cursor: pageParam } : {}) };
      return answer(api.GET('/api/v1/runs/{id}/elements', { params: { path: { id }, query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const overviewQuery = (id: string) =>
  queryOptions({
    queryKey: under(id, 'overview'),
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/runs/{id}/elements/overview', { params: { path: { id } }, signal })),
  });

/** `ended`: how many elements have ended, since each brings its own. */
export const outputsQuery = (id: string, ended: number) =>
  infiniteQueryOptions({
    queryKey: under(id, 'outputs', ended),
    // The list stays while a longer one is fetched: nothing jumps.
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 200, ...(pageParam ? { cursor: pageParam } : {}) };
      return answer(api.GET('/api/v1/runs/{id}/outputs', { params: { path: { id }, query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const planQuery = (id: string) =>
  queryOptions({
    queryKey: under(id, 'plan'),
    queryFn: ({ signal }) => answer(api.GET('/api/v1/runs/{id}/plan', { params: { path: { id } }, signal })),
    // A plan never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });

/** `state`: with each, something may have been created or released. */
export const receiptQuery = (id: string, state: string) =>
  queryOptions({
    queryKey: under(id, 'receipt', state),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => answer(api.GET('/api/v1/runs/{id}/receipt', { params: { path: { id } }, signal })),
  });
