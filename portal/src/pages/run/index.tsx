import { useQuery } from '@tanstack/react-query';
import { useParams } from 'wouter';
import { runQuery } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RunStatus } from '@/parts/RunStatus';
import { runStrings as s } from '@/strings/run';

export default function RunPage() {
  const { id = '' } = useParams();
  const run = useQuery(runQuery(id));
  return (
    <Page title={run.data?.name ?? s.title}>
      {run.isPending && <Loading />}
      {run.error && <ErrorView error={run.error} retry={run.refetch} />}
      {run.data && <RunStatus run={run.data} />}
    </Page>
  );
}
