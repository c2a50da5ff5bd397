import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { glanceQuery } from '@/api/queries';
import { Page, Section } from '@/parts/Page';
import { RunStatus } from '@/parts/RunStatus';
import { runsStrings as s } from '@/strings/runs';

export default function RunsPage() {
  const active = useQuery(glanceQuery({}, 50));
  return (
    <Page title={s.title}>
      <Section title={s.title}>
        {active.data?.items.map((run) => (
          <p key={run.id}>
            <Link to={`/runs/${run.id}`}>{run.name}</Link> <RunStatus run={run} />
          </p>
        ))}
      </Section>
    </Page>
  );
}
