import { Link } from 'wouter';
import type { Run } from '@/api/types';
import { Empty, Section } from '@/parts/Page';
import { RelativeTime } from '@/parts/RelativeTime';
import { home } from '@/strings/home';
import { RunRows } from './RunRows';

const s = home.now;

export function Now({ runs, more }: { runs: Run[]; more: boolean }) {
  return (
    <Section title={s.title} aside={more && <Link to="/runs?active=true">{s.all}</Link>}>
      {runs.length === 0 ? (
        <Empty title={s.emptyTitle} text={s.emptyText} />
      ) : (
        <RunRows runs={runs} aside={(run) => <RelativeTime at={run.started_at ?? run.created_at} />} />
      )}
    </Section>
  );
}
