import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { runQuery } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { newRunStrings as s } from '@/strings/new-run';
import { kept } from './request/keeping';
import { tidy } from './request/read';
import type { Filling } from './request/useDraft';
import { setIn, type Table } from './request/value';
import { Workbench } from './Workbench';

/** `new?from=RUN` is filled in from a run; `new?cores=4&service=local` with these fields. */
export default function NewRunPage() {
  const search = useSearch();
  const from = new URLSearchParams(search).get('from');
  return <Page title={s.title}>{from === null ? <Fresh search={search} /> : <Again key={from} from={from} />}</Page>;
}

const PLACES: Record<string, [string, string]> = {
  cores: ['resources', 'cores'],
  memory: ['resources', 'memory'],
  disk: ['resources', 'disk'],
  accelerators: ['resources', 'accelerators'],
  walltime: ['resources', 'walltime'],
  container: ['container', 'image'],
  site: ['where', 'site'],
  service: ['where', 'service'],
};

function asked(search: string): Table | undefined {
  let value: unknown = {};
  for (const [name, text] of new URLSearchParams(search)) {
    const path = Object.hasOwn(PLACES, name) ? PLACES[name] : undefined;
    const isCount = name === 'cores' || name === 'accelerators';
    if (path && text !== '') value = setIn(value, path, isCount && Number.isFinite(Number(text)) ? Number(text) : text);
  }
  return Object.keys(value as Table).length > 0 ? (value as Table) : undefined;
}

function Fresh({ search }: { search: string }) {
  const [, navigate] = useLocation();
  const [wanted] = useState(() => asked(search));
  // What was asked for by the address is asked for once: a reload finds the draft.
  const [first] = useState<Filling | undefined>(() => (wanted ? { value: wanted } : kept()));
  const [replaced] = useState(() => (wanted ? kept() : undefined));
  useEffect(() => {
    if (wanted) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [wanted]);
  return <Workbench first={first} replaced={replaced} started={(run) => navigate(`/runs/${run.id}`)} />;
}

function Again({ from }: { from: string }) {
  const [, navigate] = useLocation();
  const [draft] = useState(kept);
  const isHere = draft?.from === from;
  const run = useQuery({ ...runQuery(from), enabled: !isHere });
  if (isHere) return <Workbench first={draft} started={(next) => navigate(`/runs/${next.id}`)} />;
  if (run.error) return <ErrorView error={run.error} retry={run.refetch} />;
  if (!run.data) return <Loading />;
  return (
    <Workbench
      first={{ value: tidy(run.data.request), from }}
      source={run.data}
      replaced={draft}
      started={(next) => navigate(`/runs/${next.id}`)}
    />
  );
}
