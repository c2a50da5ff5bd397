import { Button, NativeSelect } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { answer, api } from '@/api/client';
import type { FlowRow } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { type Column, EndlessTable } from '@/parts/EndlessTable';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Empty } from '@/parts/Page';
import { ErrorView, ProblemView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { StatusBadge } from '@/parts/RunStatus';
import type { Status } from '@/parts/status';
import { format } from '@/strings';
import { admin } from '@/strings/admin';
import classes from './Admin.module.css';
import { Fact } from './Fact';
import { type FlowStatus, flowsQuery, keys } from './queries';

const s = admin.flows;
const WIDTHS = 'minmax(12rem, 1.4fr) minmax(8rem, 1fr) 9rem 4rem 7rem 11rem';
const STATUSES = ['undo_failed', 'parked', 'running', 'undone', 'done'] as const satisfies FlowStatus[];

const LOOKS: Record<FlowStatus, Pick<Status, 'tone' | 'icon'>> = {
  running: { tone: 'active', icon: 'running' },
  done: { tone: 'done', icon: 'check' },
  undone: { tone: 'quiet', icon: 'broom' },
  undo_failed: { tone: 'failed', icon: 'warning' },
  parked: { tone: 'waiting', icon: 'wait' },
};

const statusOf = (text: string | null): FlowStatus | undefined => STATUSES.find((one) => one === text);

export default function FlowsPart() {
  const [search, setSearch] = useSearchParams();
  const status = statusOf(search.get('status'));
  const query = useFlows(status);
  return (
    <>
      <p className={classes.lead}>{s.lead}</p>
      <div className={classes.toolbar}>
        <NativeSelect
          label={s.show}
          data={[{ value: '', label: s.all }, ...STATUSES.map((value) => ({ value, label: s.statuses[value] }))]}
          value={status ?? ''}
          onChange={(event) => {
            const next = event.currentTarget.value;
            setSearch(next ? { status: next } : {}, { replace: true });
          }}
        />
        <Button
          variant="default"
          leftSection={<Icon name="refresh" size={14} />}
          onClick={() => void query.refetch()}
          aria-busy={query.isFetching}
        >
          {admin.refresh}
        </Button>
      </div>
      <List key={status ?? ''} status={status} query={query} />
    </>
  );
}

interface ListProps {
  status: FlowStatus | undefined;
  query: ReturnType<typeof useFlows>;
}

const useFlows = (status: FlowStatus | undefined) => useInfiniteQuery(flowsQuery(status));

function List({ status, query }: ListProps) {
  const [open, setOpen] = useState<FlowRow>();
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const { isFetching, fetchNextPage } = query;
  const loadMore = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);
  if (query.isPending) return <Loading />;
  if (!query.data) return <ErrorView error={query.error} retry={query.refetch} />;
  if (rows.length === 0) {
    const failed = status === 'undo_failed';
    return <Empty title={failed ? s.emptyFailed : s.emptyTitle} text={failed ? s.emptyFailedText : s.emptyText} />;
  }
  return (
    <>
      <EndlessTable
        label={admin.parts.flows}
        columns={columnsOf(setOpen)}
        widths={WIDTHS}
        rows={rows}
        hasMore={query.hasNextPage}
        isLoadingMore={query.isFetchingNextPage}
        loadMore={loadMore}
        end={s.end(rows.length)}
      />
      {query.error && <ErrorView error={query.error} retry={query.fetchNextPage} />}
      {open && <About flow={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function columnsOf(open: (flow: FlowRow) => void): Column<FlowRow>[] {
  return [
    {
      id: 'flow',
      label: s.columns.flow,
      narrow: 'first',
      cell: (flow) => (
        <>
          <button type="button" className={classes.name} aria-haspopup="dialog" onClick={() => open(flow)}>
            {s.kind(flow.kind)}
          </button>{' '}
          <Subject subject={flow.subject} />
        </>
      ),
    },
    { id: 'step', label: s.columns.step, narrow: 'labelled', cell: (flow) => s.step(flow.step, flow.direction < 0) },
    { id: 'status', label: s.columns.status, narrow: 'first', cell: (flow) => <Standing status={flow.status} /> },
    { id: 'tries', label: s.columns.tries, narrow: 'labelled', cell: (flow) => format.number(flow.tries) },
    {
      id: 'changed',
      label: s.columns.changed,
      narrow: 'labelled',
      cell: (flow) => <RelativeTime at={flow.updated_at} />,
    },
    {
      id: 'act',
      label: s.columns.act,
      isLabelHidden: true,
      narrow: 'last',
      cell: (flow) => flow.status === 'undo_failed' && <Retry flow={flow} />,
    },
  ];
}

function Standing({ status }: { status: string }) {
  const known = statusOf(status);
  const look = known ? LOOKS[known] : LOOKS.parked;
  return <StatusBadge status={{ label: known ? s.statuses[known] : status, ...look }} />;
}

function Subject({ subject }: { subject: string }) {
  const run = /^run-\w+/.exec(subject)?.[0];
  return run ? (
    <Link to={`/runs/${run}`} className={classes.small}>
      {subject}
    </Link>
  ) : (
    <span className={classes.small}>{subject}</span>
  );
}

function Retry({ flow }: { flow: FlowRow }) {
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/admin/flows/{id}/retry', { params: { path: { id: flow.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.flows }),
  });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        aria-label={s.retryOf(flow.id)}
        loading={retry.isPending}
        onClick={() => retry.mutate()}
      >
        {s.retry}
      </Button>
      {retry.error && <ErrorView error={retry.error} />}
    </>
  );
}

/** Why it is as it is: the problem that turned it, or that kept it from being undone. */
function About({ flow, onClose }: { flow: FlowRow; onClose(): void }) {
  return (
    <Dialog title={s.kind(flow.kind)} onClose={onClose}>
      <div className={classes.about}>
        {flow.error && <ProblemView problem={flow.error} />}
        {flow.status === 'parked' && <p className={classes.nothing}>{s.parkedText}</p>}
        <dl className={classes.facts}>
          <Fact name={s.columns.status}>
            <Standing status={flow.status} />
          </Fact>
          <Fact name={s.columns.step}>{s.step(flow.step, flow.direction < 0)}</Fact>
          <Fact name={s.of}>
            <Subject subject={flow.subject} />
          </Fact>
          <Fact name={s.began}>{format.moment(flow.created_at)}</Fact>
          <Fact name={s.owner}>{flow.owner && <code>{flow.owner}</code>}</Fact>
          <Fact name={s.columns.flow}>
            <code>{flow.id}</code>
          </Fact>
        </dl>
      </div>
    </Dialog>
  );
}
