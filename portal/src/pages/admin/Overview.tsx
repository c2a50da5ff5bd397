import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Health, State as RunState } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView, ProblemView } from '@/parts/ProblemView';
import { format, strings } from '@/strings';
import { admin } from '@/strings/admin';
import classes from './Admin.module.css';
import { healthQuery } from './queries';

const s = admin.overview;
/** Below this two clocks agree, as far as people are concerned. */
const SAME_CLOCK = 1_000;

export function Overview() {
  const health = useQuery(healthQuery);
  return (
    <>
      <div className={classes.toolbar}>
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="refresh" size={14} />}
          onClick={() => void health.refetch()}
          aria-busy={health.isFetching}
        >
          {admin.refresh}
        </Button>
      </div>
      {health.error && <ErrorView error={health.error} retry={health.refetch} />}
      {health.isPending && <Loading />}
      {health.data && <State health={health.data} />}
    </>
  );
}

function State({ health }: { health: Health }) {
  const failed = health.flows['undo_failed'] ?? 0;
  const parked = health.flows['parked'] ?? 0;
  const database = s.databaseKinds[health.shared_database ? 'shared' : 'own'];
  const facts: [string, string][] = [
    [s.version, health.version],
    [s.database, database],
    [s.answers, s.milliseconds(health.database_ms)],
    [s.clock, clock(health.clock_offset_ms)],
    [s.pilots, format.number(health.pilots_connected)],
    [s.deployment, health.deployment],
  ];
  const byState = Object.entries(health.runs).filter(([, count]) => count > 0);
  const byStatus = Object.entries(health.flows).filter(([, count]) => count > 0);
  return (
    <>
      {failed > 0 && (
        <ProblemView problem={{ title: s.needTitle(failed), detail: s.needText, remedy: '' }} tone="waiting">
          <Button component={Link} to="/admin/flows?status=undo_failed" variant="default" size="xs" mt="xs">
            {s.needAct}
          </Button>
        </ProblemView>
      )}
      <Section title={s.gateway}>
        <Card>
          <dl className={classes.facts}>
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </Card>
      </Section>
      <Section title={s.runs}>
        <Counts
          counts={byState.map(([state, count]) => [strings.state[state as RunState] ?? state, count])}
          none={s.noRuns}
        />
      </Section>
      <Section title={s.flows} aside={<Link to="/admin/flows">{s.allFlows}</Link>}>
        <Counts
          counts={byStatus.map(([status, count]) => [
            admin.flows.statuses[status as keyof typeof admin.flows.statuses] ?? status,
            count,
          ])}
          none={s.noFlows}
        />
        <p className={classes.small}>{parked > 0 ? s.parked(parked) : failed === 0 && byStatus.length > 0 && s.fine}</p>
      </Section>
    </>
  );
}

function clock(offset: number): string {
  const text = format.lasted(Math.abs(offset));
  return Math.abs(offset) < SAME_CLOCK ? s.clockSame : s.clockOff(text, offset > 0);
}

function Counts({ counts, none }: { counts: [string, number][]; none: string }) {
  return (
    <Card>
      {counts.length === 0 ? (
        <p className={classes.nothing}>{none}</p>
      ) : (
        <ul className={classes.counts}>
          {counts.map(([name, count]) => (
            <li key={name}>
              <strong>{format.number(count)}</strong> {name}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
