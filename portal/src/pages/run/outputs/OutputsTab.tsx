import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RunDetail } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Empty } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { runStrings as s } from '@/strings/run';
import { outputsQuery } from '../queries';
import { FileLook } from './FileLook';
import { FileTable, fileKey } from './FileTable';
import classes from './Outputs.module.css';

interface Props {
  run: RunDetail;
  /** `ELEMENT/PATH` of the file that is looked into. */
  chosen: string | undefined;
  onChoose(file: string): void;
}

export function OutputsTab({ run, chosen, onChoose }: Props) {
  const query = useInfiniteQuery(
    outputsQuery(run.id, run.elements.done + run.elements.failed + run.elements.cancelled),
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const files = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  if (query.error && !query.data) return <ErrorView error={query.error} retry={query.refetch} />;
  if (query.isPending) return <Loading />;
  if (files.length === 0) {
    const text = run.state === 'ended' ? s.outputs.noneText : s.outputs.notYetText;
    return <Empty title={run.state === 'ended' ? s.outputs.none : s.outputs.notYet} text={text} />;
  }
  const file = files.find((one) => fileKey(one) === chosen);
  return (
    <div className={classes.tab}>
      <FileTable
        run={run.id}
        files={files}
        withElement={run.elements.total > 1}
        chosen={file}
        onChoose={(one) => onChoose(fileKey(one))}
        onEnd={() => {
          if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
        }}
      />
      {file ? <FileLook run={run.id} file={file} /> : <p className={classes.hint}>{s.outputs.choose}</p>}
    </div>
  );
}
