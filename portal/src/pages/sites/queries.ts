// What is asked about sites. The first answer is what is known at once; only then is it waited for what is being looked at.
import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { ServiceStanding, Site } from '@/api/types';

/** How busy a service is changes without an event; while somebody looks, it is asked for again. */
export const FRESH = 15_000;
/** Between questions that the gateway itself answers late: also when it answers at once, nobody is pestered. */
const SOON = 1_500;
/** Seconds that the gateway may take to look. */
const WAIT = 10;

const isUnsettled = (site: Site): boolean =>
  (site.standing ?? []).some((one) => one.looking === true || one.access === 'unknown');

/** As many questions in a row that were waited for: what is still not known then is not known soon. */
const ENOUGH = 4;
/** By the key of the question. */
const waits = new Map<string, number>();

function patience(key: string, known: Site[] | undefined): { wait?: number } {
  const unsettled = known?.some(isUnsettled) ?? false;
  const waited = unsettled ? (waits.get(key) ?? 0) + 1 : 0;
  waits.set(key, waited);
  return unsettled && waited <= ENOUGH ? { wait: WAIT } : {};
}

const again = (key: string, known: Site[] | undefined): number =>
  known?.some(isUnsettled) && (waits.get(key) ?? 0) < ENOUGH ? SOON : FRESH;

/** How operations at services went lately. */
export const weatherQuery = queryOptions({
  queryKey: ['weather'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/weather', { signal })),
  refetchInterval: FRESH,
});

export const liveSitesQuery = queryOptions({
  queryKey: keys.sites,
  queryFn: ({ signal, client }) => {
    const known = client.getQueryData<{ items: Site[] }>(keys.sites);
    return answer(api.GET('/api/v1/sites', { params: { query: patience('', known?.items) }, signal }));
  },
  refetchInterval: (query) => again('', query.state.data?.items),
});

export const siteQuery = (name: string) =>
  queryOptions({
    queryKey: [...keys.sites, name] as const,
    queryFn: ({ signal, client }) => {
      const known = client.getQueryData<Site>([...keys.sites, name]);
      const query = patience(name, known && [known]);
      return answer(api.GET('/api/v1/sites/{name}', { params: { path: { name }, query }, signal }));
    },
    refetchInterval: (query) => again(name, query.state.data && [query.state.data]),
  });

/** `seen` changes when somebody looked again. */
export const snapshotsQuery = (service: string, seen: string) =>
  queryOptions({
    queryKey: [...keys.services, service, 'snapshots', seen] as const,
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/services/{name}/snapshots', { params: { path: { name: service } }, signal })),
  });

/** When the newest of what is known of its projects was seen. */
export const seenAt = (standing: ServiceStanding): string =>
  standing.snapshots.reduce((newest, one) => (one.seen_at > newest ? one.seen_at : newest), '');
