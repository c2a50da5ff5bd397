import { Button, CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { issuersQuery, meQuery } from '@/api/queries';
import type { PersonView } from '@/api/types';
import { useShortcut } from '@/app/shortcuts';
import { type Column, EndlessTable } from '@/parts/EndlessTable';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Empty } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { StatusBadge } from '@/parts/RunStatus';
import { strings } from '@/strings';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import classes from '../Admin.module.css';
import { type PeopleFilter, peopleQuery } from '../queries';
import { PersonDrawer } from './PersonDrawer';
import { Suspending } from './Suspending';
import { isLocal, standing } from './standing';

const s = admin.people;
const WIDTHS = 'minmax(9rem, 1.2fr) 9.5rem minmax(9rem, 1.5fr) 7rem 7rem 6rem';
/** Longer than for runs: each question is written into the audit. */
const PAUSE = 500;

export default function PeoplePart() {
  const [search, setSearch] = useSearchParams();
  const part = search.get('name_contains') ?? '';
  const isSuspendedOnly = search.get('suspended') === 'true';
  const person = search.get('person');
  const filter = useMemo<PeopleFilter>(
    () => ({ ...(part ? { name_contains: part } : {}), ...(isSuspendedOnly ? { suspended: true } : {}) }),
    [part, isSuspendedOnly],
  );
  const go = useCallback(
    (change: Record<string, string | undefined>) =>
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(change)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: true },
      ),
    [setSearch],
  );
  return (
    <>
      <p className={classes.lead}>{s.lead}</p>
      <Toolbar part={part} isSuspendedOnly={isSuspendedOnly} go={go} />
      <List filter={filter} open={(id) => go({ person: id })} />
      {person && <PersonDrawer id={person} onClose={() => go({ person: undefined })} />}
    </>
  );
}

interface ToolbarProps {
  part: string;
  isSuspendedOnly: boolean;
  go(change: Record<string, string | undefined>): void;
}

function Toolbar({ part, isSuspendedOnly, go }: ToolbarProps) {
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(part);
  useEffect(() => setTyped(part), [part]);
  useEffect(() => {
    if (typed.trim() === part) return;
    const timer = window.setTimeout(() => go({ name_contains: typed.trim() }), PAUSE);
    return () => window.clearTimeout(timer);
  }, [typed, part, go]);
  useShortcut('/', strings.shortcuts.search, () => box.current?.focus());
  return (
    <search className={classes.toolbar}>
      <TextInput
        ref={box}
        label={s.search}
        placeholder={s.searchHint}
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.currentTarget.value)}
        leftSection={<Icon name="search" size={16} />}
        rightSection={typed === '' ? null : <CloseButton size="sm" aria-label={s.clear} onClick={() => setTyped('')} />}
        className={classes.search}
      />
      <NativeSelect
        label={s.show}
        data={[
          { value: '', label: s.everybody },
          { value: 'true', label: s.suspendedOnly },
        ]}
        value={isSuspendedOnly ? 'true' : ''}
        onChange={(event) => go({ suspended: event.currentTarget.value })}
      />
    </search>
  );
}

function List({ filter, open }: { filter: PeopleFilter; open(id: string): void }) {
  const query = useInfiniteQuery(peopleQuery(filter));
  const me = useQuery(meQuery);
  const issuers = useQuery(issuersQuery);
  const titles = useMemo(() => new Map((issuers.data?.items ?? []).map((one) => [one.url, one.title])), [issuers.data]);
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { isFetching, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);
  if (query.isPending) return <Loading />;
  if (!query.data) return <ErrorView error={query.error} retry={query.refetch} />;
  if (rows.length === 0) return <Nothing filter={filter} />;
  const columns: Column<PersonView>[] = [
    {
      id: 'name',
      label: s.columns.name,
      narrow: 'first',
      cell: (person) => (
        <button type="button" className={classes.name} aria-haspopup="dialog" onClick={() => open(person.id)}>
          <Shown text={plain(person.name, 80)} />
        </button>
      ),
    },
    {
      id: 'state',
      label: s.columns.state,
      narrow: 'first',
      cell: (person) => <StatusBadge status={standing(person)} />,
    },
    { id: 'known', label: s.columns.known, narrow: 'labelled', cell: (person) => known(person, titles) },
    {
      id: 'seen',
      label: s.columns.seen,
      narrow: 'labelled',
      cell: (person) => (person.last_seen_at ? <RelativeTime at={person.last_seen_at} /> : s.never),
    },
    {
      id: 'since',
      label: s.columns.since,
      narrow: 'labelled',
      cell: (person) => <RelativeTime at={person.created_at} />,
    },
    {
      id: 'act',
      label: admin.flows.columns.act,
      isLabelHidden: true,
      narrow: 'last',
      cell: (person) => <Suspending person={person} isMe={person.id === me.data?.id} />,
    },
  ];
  return (
    <>
      <EndlessTable
        label={admin.parts.people}
        columns={columns}
        widths={WIDTHS}
        rows={rows}
        hasMore={query.hasNextPage}
        isLoadingMore={query.isFetchingNextPage}
        loadMore={loadMore}
        end={s.end(rows.length)}
      />
      {query.error && <ErrorView error={query.error} retry={query.fetchNextPage} />}
    </>
  );
}

function known({ identities }: PersonView, titles: Map<string, string>) {
  const [first, ...others] = identities;
  if (!first || isLocal(first)) return <span className={classes.soft}>{s.local}</span>;
  return (
    <>
      <Shown text={titles.get(first.issuer) ?? first.issuer} longest={60} />
      {others.length > 0 && <span className={classes.soft}> {s.moreIdentities(others.length)}</span>}
    </>
  );
}

function Nothing({ filter }: { filter: PeopleFilter }) {
  const isOnlySuspended = filter.suspended && !filter.name_contains;
  return (
    <Empty
      title={isOnlySuspended ? s.emptySuspended : s.emptyTitle}
      text={isOnlySuspended ? s.emptySuspendedText : s.emptyText}
    >
      <Button component={Link} to="/admin/people" variant="default">
        {s.all}
      </Button>
    </Empty>
  );
}
