import { Link } from 'wouter';
import type { Run } from '@/api/types';
import { Section } from '@/parts/Page';
import { RelativeTime } from '@/parts/RelativeTime';
import { home } from '@/strings/home';
import { RunRows } from './RunRows';

const s = home.recent;

export function Recent({ runs }: { runs: Run[] }) {
  return (
    <Section title={s.title} aside={<Link to="/runs">{s.all}</Link>}>
      <RunRows runs={runs} aside={(run) => run.ended_at && <RelativeTime at={run.ended_at} />} />
    </Section>
  );
}
