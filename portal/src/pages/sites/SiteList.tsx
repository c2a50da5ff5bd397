import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'wouter';
import { servicesQuery } from '@/api/queries';
import type { Service, Site } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Empty, Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { useNow } from '@/parts/RelativeTime';
import { offersStrings } from '@/strings/offers';
import { sitesStrings as s } from '@/strings/sites';
import { FRESH, liveSitesQuery } from './queries';
import { COLUMNS, communitiesOf, isDownFirst, type Order, rowsOf, shownRows, sorted } from './rows';
import classes from './Sites.module.css';
import { SitesTable } from './SitesTable';
import table from './Table.module.css';
import { Toolbar } from './Toolbar';

/** All sites: what is known is shown at once, and the rest as it comes. */
export function SiteList() {
  const sites = useQuery(liveSitesQuery);
  const services = useQuery({ ...servicesQuery, refetchInterval: FRESH });
  const error = sites.error ?? services.error;

  function look(): void {
    void sites.refetch();
    void services.refetch();
  }
  return (
    <Page
      title={s.title}
      actions={
        <>
          <Button
            component={Link}
            to="/offers"
            variant="default"
            size="xs"
            leftSection={<Icon name="sliders" size={14} />}
          >
            {offersStrings.find}
          </Button>
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="refresh" size={14} />}
            onClick={look}
            aria-busy={sites.isFetching || services.isFetching}
          >
            {s.refresh}
          </Button>
        </>
      }
    >
      <p className={classes.lead}>{s.lead}</p>
      {error && <ErrorView error={error} retry={look} />}
      {sites.isPending && <Loading />}
      {sites.data && <AllSites sites={sites.data.items} services={services.data?.items ?? []} />}
    </Page>
  );
}

function readOrder(search: URLSearchParams): Order {
  const by = COLUMNS.find((one) => one === search.get('by')) ?? 'site';
  const way = search.get('way');
  return { by, down: way === null ? isDownFirst(by) : way === 'down' };
}

function AllSites({ sites, services }: { sites: Site[]; services: Service[] }) {
  const now = useNow();
  const [search, setSearch] = useSearchParams();
  const community = search.get('community') ?? '';
  const text = search.get('find') ?? '';
  const order = readOrder(search);
  const rows = useMemo(() => rowsOf(sites, services, community, now), [sites, services, community, now]);
  const shown = sorted(shownRows(rows, community, text), order);
  const looking = rows.filter((row) => row.standing?.looking || row.stand === 'looking').length;

  function set(change: { community?: string; text?: string; order?: Order }): void {
    const next = { community, text, order, ...change };
    setSearch(
      {
        ...(next.text === '' ? {} : { find: next.text }),
        ...(next.community === '' ? {} : { community: next.community }),
        ...(next.order.by === 'site' && !next.order.down
          ? {}
          : { by: next.order.by, way: next.order.down ? 'down' : 'up' }),
      },
      { replace: true },
    );
  }

  if (sites.length === 0) return <Empty title={s.none} text={s.noneText} />;
  return (
    <>
      <Toolbar communities={communitiesOf(rows)} community={community} text={text} order={order} set={set} />
      <p className={table.count} role="status">
        {s.table.shown(shown.length, rows.length)}
        {looking > 0 && `. ${s.looking(looking)}`}
      </p>
      {shown.length === 0 ? (
        <Empty title={s.table.noneShown} text={s.table.noneShownText}>
          <Button variant="default" onClick={() => set({ community: '', text: '' })}>
            {s.table.showAll}
          </Button>
        </Empty>
      ) : (
        <SitesTable rows={shown} order={order} setOrder={(next) => set({ order: next })} />
      )}
    </>
  );
}
