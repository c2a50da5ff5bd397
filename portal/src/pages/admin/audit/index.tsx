import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { meQuery } from '@/api/queries';
import type { AuditEntry } from '@/api/types';
import { type Column, EndlessTable } from '@/parts/EndlessTable';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Empty } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { StatusBadge } from '@/parts/RunStatus';
import { format } from '@/strings';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import classes from '../Admin.module.css';
import { type AuditFilter, auditQuery, namesQuery } from '../queries';
import { Details } from './Details';
import { Export } from './Export';
import { Filters } from './Filters';
import { readFilter, writeFilter } from './filter';
import { inWords } from './operations';
import { result } from './result';

const s = admin.audit;
const WIDTHS = '11rem minmax(6rem, 1fr) minmax(9rem, 1.3fr) minmax(8rem, 1.6fr) minmax(5.5rem, 0.7fr) 10.5rem';

export default function AuditPart() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const filter = useMemo(() => readFilter(new URLSearchParams(search)), [search]);
  const names = useQuery(namesQuery);
  return (
    <>
      <p className={classes.lead}>{s.lead}</p>
      <Filters
        key={search}
        filter={filter}
        names={names.data}
        onFilter={(next) => navigate(writeFilter(next), { replace: true })}
      />
      <List key={`list ${search}`} filter={filter} names={names.data} />
    </>
  );
}

function List({ filter, names }: { filter: AuditFilter; names: Map<string, string> | undefined }) {
  const query = useInfiniteQuery(auditQuery(filter));
  const me = useQuery(meQuery);
  const [open, setOpen] = useState<AuditEntry>();
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { isFetching, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);
  const who = useCallback(
    (id: string) => (id === me.data?.id ? admin.you : (names?.get(id) ?? id)),
    [me.data?.id, names],
  );
  const columns = useMemo(() => columnsOf(who, setOpen), [who]);
  if (query.isPending) return <Loading />;
  if (!query.data) return <ErrorView error={query.error} retry={query.refetch} />;
  if (rows.length === 0) {
    return (
      <Empty title={s.emptyTitle} text={s.emptyText}>
        <Button component={Link} to="/admin/audit" variant="default">
          {s.filters.clear}
        </Button>
      </Empty>
    );
  }
  return (
    <>
      <div className={classes.toolbar}>
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="refresh" size={14} />}
          onClick={() => void query.refetch()}
          aria-busy={query.isFetching}
        >
          {admin.refresh}
        </Button>
        <div className={classes.push}>
          <Export filter={filter} />
        </div>
      </div>
      <EndlessTable
        label={admin.parts.audit}
        columns={columns}
        widths={WIDTHS}
        rows={rows}
        hasMore={query.hasNextPage}
        isLoadingMore={query.isFetchingNextPage}
        loadMore={loadMore}
        end={admin.end(rows.length)}
      />
      {query.error && <ErrorView error={query.error} retry={query.fetchNextPage} />}
      {open && <Details entry={open} who={who} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function columnsOf(who: (id: string) => string, open: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  return [
    {
      id: 'at',
      label: s.columns.at,
      narrow: 'labelled',
      // Whoever looks here wants to know exactly.
      cell: (entry) => <time dateTime={entry.at}>{format.moment(entry.at)}</time>,
    },
    {
      id: 'person',
      label: s.columns.person,
      narrow: 'labelled',
      cell: ({ person }) =>
        person ? <Shown text={who(person)} longest={60} /> : <span className={classes.soft}>{s.stranger}</span>,
    },
    {
      id: 'operation',
      label: s.columns.operation,
      narrow: 'first',
      cell: (entry) => (
        <>
          <button type="button" className={classes.name} aria-haspopup="dialog" onClick={() => open(entry)}>
            {inWords(entry.operation)}
          </button>
          {entry.unseen !== undefined && entry.unseen > 0 && (
            <span className={classes.small}> {s.unseen(entry.unseen)}</span>
          )}
        </>
      ),
    },
    {
      id: 'about',
      label: s.columns.about,
      narrow: 'labelled',
      cell: ({ about }) => about && <Shown text={about} longest={70} />,
    },
    { id: 'from', label: s.columns.address, narrow: 'labelled', cell: ({ address }) => address },
    {
      id: 'result',
      label: s.columns.result,
      narrow: 'first',
      cell: (entry) => <StatusBadge status={result(entry)} />,
    },
  ];
}
