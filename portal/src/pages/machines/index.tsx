import { Button, Checkbox, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { glanceQuery } from '@/api/queries';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Empty, Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings as s } from '@/strings/machines';
import classes from './Machines.module.css';
import { MachinesTable } from './MachinesTable';
import { Neighbours } from './Neighbours';
import { machinesQuery } from './queries';

/** As many runs are looked through for machines that have no place yet. */
const MOST = 100;

export default function MachinesPage() {
  const [gone, setGone] = useState(false);
  const [all, setAll] = useState(false);
  const machines = useQuery(machinesQuery(gone));
  const runs = useQuery(glanceQuery({ active: true }, MOST));
  const items = machines.data?.items ?? [];
  const known = new Set(items.map((machine) => machine.run));
  const active = (runs.data?.items ?? []).filter((run) => run.kind === 'machine');
  const placeless = active.filter((run) => !known.has(run.id));
  const waiting = new Map(active.filter((run) => run.waiting_for).map((run) => [run.id, run]));
  const count = items.length + placeless.length;
  return (
    <Page
      title={s.title}
      actions={
        <Button component={Link} to="/machines/new" leftSection={<Icon name="plus" size={16} />}>
          {s.make}
        </Button>
      }
    >
      <div className={classes.bar}>
        <p className={classes.lead}>{s.lead}</p>
        <Checkbox size="xs" label={s.gone} checked={gone} onChange={(event) => setGone(event.currentTarget.checked)} />
        <Switch
          size="xs"
          label={s.all}
          title={s.allHint}
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      </div>
      {machines.isPending && <Loading />}
      {machines.error && <ErrorView error={machines.error} retry={machines.refetch} />}
      {machines.data && count === 0 && (
        <Empty title={s.empty} text={s.emptyText}>
          <Button component={Link} to="/machines/new">
            {s.make}
          </Button>
        </Empty>
      )}
      {count > 0 && <MachinesTable machines={items} placeless={placeless} waiting={waiting} />}
      {all && <Neighbours />}
    </Page>
  );
}
