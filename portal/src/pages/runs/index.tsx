import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useCallback, useMemo, useRef } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import type { RunFilter } from '@/api/queries';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Card, Empty, Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { runs as s } from '@/strings/runs';
import { readFilter, writeFilter } from './filter';
import { RunList } from './RunList';
import classes from './Runs.module.css';
import { Toolbar } from './Toolbar';
import { useRuns } from './useRuns';

export default function RunsPage() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const filter = useMemo(() => readFilter(new URLSearchParams(search)), [search]);
  const setFilter = useCallback((next: RunFilter) => navigate(writeFilter(next), { replace: true }), [navigate]);
  return (
    <Page
      title={s.title}
      actions={
        <Button component={Link} to="/new" leftSection={<Icon name="plus" size={16} />}>
          {s.newRun}
        </Button>
      }
    >
      <Toolbar filter={filter} setFilter={setFilter} />
      <List key={search} filter={filter} />
    </Page>
  );
}

/** Beyond this the person is looking at older runs. */
const SCROLLED = 40;

function List({ filter }: { filter: RunFilter }) {
  const place = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const disturbed = useCallback(() => {
    const list = place.current;
    if (!list) return false;
    return window.scrollY > SCROLLED || list.matches(':hover') || list.contains(document.activeElement);
  }, []);
  const { query, news, bringIn } = useRuns(filter, disturbed);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { isFetching, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);

  async function show(): Promise<void> {
    window.scrollTo({ top: 0 });
    await bringIn();
  }

  if (query.isPending) return <Loading />;
  if (!query.data) return <ErrorView error={query.error} retry={query.refetch} />;
  return (
    <>
      <div className={classes.news} role="status">
        {news > 0 && (
          <Button size="compact-sm" radius="xl" leftSection={<Icon name="up" size={14} />} onClick={() => void show()}>
            {s.news(news)}
          </Button>
        )}
      </div>
      {rows.length === 0 ? (
        <Nothing filtered={Object.keys(filter).length > 0} />
      ) : (
        <Card flush>
          <RunList runs={rows} hasMore={query.hasNextPage} loadMore={loadMore} narrow={narrow} place={place} />
        </Card>
      )}
      {query.error && <ErrorView error={query.error} retry={query.fetchNextPage} />}
      <p className={classes.end}>
        {query.isFetchingNextPage ? s.loadingMore : !query.hasNextPage && rows.length > 0 && s.end(rows.length)}
      </p>
    </>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title={s.noneTitle} text={s.noneText}>
        <Button component={Link} to="/runs" variant="default">
          {s.noneAll}
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title={s.emptyTitle} text={s.emptyText}>
      <Button component={Link} to="/new">
        {s.emptyStart}
      </Button>
      <Button component={Link} to="/" variant="default">
        {s.emptyDemo}
      </Button>
    </Empty>
  );
}
