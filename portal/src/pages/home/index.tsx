import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { glanceQuery } from '@/api/queries';
import { Page, Section } from '@/parts/Page';
import { RunStatus } from '@/parts/RunStatus';
import { homeStrings as s } from '@/strings/home';

export default function HomePage() {
  const active = useQuery(glanceQuery({ active: true }, 20));
  return (
    <Page title={s.title}>
      <Section title={s.active}>
        {active.data?.items.map((run) => (
          <p key={run.id}>
            <Link to={`/runs/${run.id}`}>{run.name}</Link> <RunStatus run={run} />
          </p>
        ))}
      </Section>
    </Page>
  );
}
