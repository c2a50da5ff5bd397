// What is asked of the gateway, and under which key the answer is kept. Events find answers by these keys.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api } from './client';
import type { Me, Outcome, State } from './types';

export interface RunFilter {
  state?: State;
  outcome?: Outcome;
  /** A part of the name, in upper or lower case. */
  name_contains?: string;
  active?: boolean;
}

export const keys = {
  me: ['me'] as const,
  /** Everything about runs. */
  runs: ['runs'] as const,
  /** Short lists that are fetched again when something changes. */
  glances: ['runs', 'glance'] as const,
  glance: (filter: RunFilter, limit: number) => ['runs', 'glance', filter, limit] as const,
  /** The long, paged lists; their rows are changed in place. */
  lists: ['runs', 'list'] as const,
  list: (filter: RunFilter) => ['runs', 'list', filter] as const,
  /** One run; pages keep what belongs to it below this key: `[...keys.run(id), 'outputs']`. */
  run: (id: string) => ['runs', 'one', id] as const,
  /** Everything about machines. */
  machines: ['machines'] as const,
  machine: (id: string) => ['machines', 'one', id] as const,
  sites: ['sites'] as const,
  services: ['services'] as const,
  tokens: ['tokens'] as const,
  sshKeys: ['ssh-keys'] as const,
  sessions: ['sessions'] as const,
  issuers: ['issuers'] as const,
  communities: ['communities'] as const,
  teams: ['teams'] as const,
  identities: ['identities'] as const,
  consents: ['consents'] as const,
  /** What runs hold. */
  credentials: ['credentials'] as const,
  terms: ['terms'] as const,
  /** Changes with every run that begins, waits or ends: fetched again as the short lists are. */
  quotas: ['runs', 'glance', 'quotas'] as const,
};

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/me', { signal })),
});

/** Both count: who one is, and what this session may. */
export const isAdministrator = (me: Me | undefined): boolean =>
  me?.administrator === true && me.scopes.includes('admin');

/** Also for who is not signed in. */
export const issuersQuery = queryOptions({
  queryKey: keys.issuers,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/issuers', { signal })),
});

export const identitiesQuery = queryOptions({
  queryKey: keys.identities,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/identities', { signal })),
});

export const communitiesQuery = queryOptions({
  queryKey: keys.communities,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/communities', { signal })),
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: keys.run(id),
    queryFn: ({ signal }) => answer(api.GET('/api/v1/runs/{id}', { params: { path: { id } }, signal })),
  });

/** The newest few runs that match. */
export const glanceQuery = (filter: RunFilter, limit: number) =>
  queryOptions({
    queryKey: keys.glance(filter, limit),
    queryFn: ({ signal }) => answer(api.GET('/api/v1/runs', { params: { query: { ...filter, limit } }, signal })),
  });

export const sitesQuery = queryOptions({
  queryKey: keys.sites,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/sites', { signal })),
});

export const servicesQuery = queryOptions({
  queryKey: keys.services,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/services', { signal })),
});

const FEW = 200;

export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/tokens', { params: { query: { limit: FEW } }, signal })),
});

export const sshKeysQuery = queryOptions({
  queryKey: keys.sshKeys,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/keys', { signal })),
});

export const sessionsQuery = queryOptions({
  queryKey: keys.sessions,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/sessions', { params: { query: { limit: FEW } }, signal })),
});

export const consentsQuery = queryOptions({
  queryKey: keys.consents,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/consents', { signal })),
});

/** The ledger: of all runs or of one, all of it or only what still works. */
export const credentialsQuery = (filter: { run?: string; held?: boolean }) =>
  infiniteQueryOptions({
    queryKey: [...keys.credentials, filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) };
      return answer(api.GET('/api/v1/credentials', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

/** Only where there are any: a gateway that asks for none refuses the question. */
export const termsQuery = queryOptions({
  queryKey: keys.terms,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/terms', { signal })),
});

export const quotasQuery = queryOptions({
  queryKey: keys.quotas,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/me/quotas', { signal })),
});

/** Those that one is in or looks after. */
export const teamsQuery = queryOptions({
  queryKey: keys.teams,
  queryFn: ({ signal }) => answer(api.GET('/api/v1/teams', { signal })),
});
