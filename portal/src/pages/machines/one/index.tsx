import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'wouter';
import { runQuery } from '@/api/queries';
import type { Machine, RunDetail } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { ReceiptView } from '../../run/provenance/ReceiptView';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import { machineQuery } from '../queries';
import { Actions } from './Actions';
import { Attempts } from './Attempts';
import { Connect } from './Connect';
import { Console } from './Console';
import { Head } from './Head';
import { Life } from './Life';
import classes from './One.module.css';
import { Ports } from './Ports';
import { Volumes } from './Volumes';

const s = machinesStrings.one;

/** One machine, by the identifier of its run. */
export default function MachinePage() {
  const { id = '' } = useParams();
  const run = useQuery(runQuery(id));
  // Before the first attempt there is no machine to ask for.
  const machine = useQuery({ ...machineQuery(id), enabled: (run.data?.attempts.length ?? 0) > 0 });
  if (!run.data) {
    return (
      <Page title={s.title}>{run.isPending ? <Loading /> : <ErrorView error={run.error} retry={run.refetch} />}</Page>
    );
  }
  const name = machine.data?.name ?? run.data.name;
  return (
    <Page
      key={id}
      title={plain(name, 80)}
      heading={<Shown text={name} longest={120} />}
      actions={<Actions run={run.data} machine={machine.data} />}
    >
      <Head run={run.data} machine={machine.data} />
      {machine.data && <Parts run={run.data} machine={machine.data} />}
      {run.data.attempts.length > 0 && <Attempts attempts={run.data.attempts} failed={run.data.outcome === 'failed'} />}
      <ReceiptView run={run.data} />
      <Button component={Link} to={`/runs/${id}`} variant="default" mt="md">
        {s.run}
      </Button>
    </Page>
  );
}

/** What is said and done about a machine while there is one. */
function Parts({ run, machine }: { run: RunDetail; machine: Machine }) {
  const { status } = machine;
  if (run.outcome || status === 'gone' || status === 'deleting') return null;
  return (
    <>
      <div className={classes.parts}>
        <Connect machine={machine} />
        <Ports machine={machine} />
        {machine.ready_at && <Volumes machine={machine} />}
        {machine.ready_at && <Life machine={machine} />}
      </div>
      {machine.server && <Console machine={machine} />}
    </>
  );
}
