// What administrators ask for. All of it is written into the audit, so nothing here is asked again by itself: no clock,
// no return to the tab. Whoever wants to see what is new says so.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import type { operations } from '@/api/schema.gen';

export type PeopleFilter = Pick<
  NonNullable<operations['list_people']['parameters']['query']>,
  'name_contains' | 'suspended'
>;
export type AuditFilter = Omit<NonNullable<operations['list_audit']['parameters']['query']>, 'limit' | 'cursor'>;
export type FlowStatus = NonNullable<NonNullable<operations['list_flows']['parameters']['query']>['status']>;

const PAGE = 200;
/** As many names as one answer brings. Whoever is not among them is shown by their identifier. */
const NAMES = 1_000;

const onRequest = {
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  refetchOnMount: 'always',
} as const;

const paged = {
  ...onRequest,
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: { next?: string | null }) => last.next ?? undefined,
};

export const keys = {
  people: ['admin', 'people'] as const,
  person: (id: string) => ['admin', 'people', 'one', id] as const,
  mapping: ['admin', 'mapping'] as const,
  quotas: ['admin', 'quotas'] as const,
  flows: ['admin', 'flows'] as const,
  health: ['admin', 'health'] as const,
};

export const peopleQuery = (filter: PeopleFilter) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: [...keys.people, 'list', filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) };
      return answer(api.GET('/api/v1/admin/people', { params: { query }, signal }));
    },
  });

export const personQuery = (id: string) =>
  queryOptions({
    ...onRequest,
    queryKey: keys.person(id),
    queryFn: ({ signal }) => answer(api.GET('/api/v1/admin/people/{id}', { params: { path: { id } }, signal })),
  });

/** One question for all names of a page, where one for each would fill the audit that is being looked at. */
export const namesQuery = queryOptions({
  ...onRequest,
  refetchOnMount: false,
  queryKey: [...keys.people, 'names'],
  queryFn: async ({ signal }) => {
    const { items } = await answer(api.GET('/api/v1/admin/people', { params: { query: { limit: NAMES } }, signal }));
    return new Map(items.map(({ id, name }) => [id, name]));
  },
});

export const mappingQuery = queryOptions({
  ...onRequest,
  queryKey: keys.mapping,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/admin/mapping', { signal })),
});

export const fetchAudit = (filter: AuditFilter, limit: number, cursor: string | undefined, signal: AbortSignal) =>
  answer(
    api.GET('/api/v1/admin/audit', { params: { query: { ...filter, limit, ...(cursor ? { cursor } : {}) } }, signal }),
  );

export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: ['admin', 'audit', filter],
    queryFn: ({ pageParam, signal }) => fetchAudit(filter, PAGE, pageParam, signal),
  });

export const flowsQuery = (status: FlowStatus | undefined) =>
  infiniteQueryOptions({
    ...paged,
    queryKey: [...keys.flows, status],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...(status ? { status } : {}), limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) };
      return answer(api.GET('/api/v1/admin/flows', { params: { query }, signal }));
    },
  });

export const quotasQuery = infiniteQueryOptions({
  ...paged,
  queryKey: keys.quotas,
  queryFn: ({ pageParam, signal }) => {
    const query = { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) };
    return answer(api.GET('/api/v1/admin/quotas', { params: { query }, signal }));
  },
});

export const healthQuery = queryOptions({
  ...onRequest,
  queryKey: keys.health,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/admin/health', { signal })),
});
