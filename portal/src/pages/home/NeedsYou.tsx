import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answer, api } from '@/api/client';
import type { Problem, Run } from '@/api/types';
import { Section } from '@/parts/Page';
import { ErrorView, ProblemView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { RunStatus } from '@/parts/RunStatus';
import { SignInAgainNotices, SignInWays } from '@/parts/SignInAgain';
import { strings } from '@/strings';
import { home } from '@/strings/home';
import classes from './Home.module.css';
import type { Needs } from './useNeeds';

const s = home.needs;
const SHOWN = 5;

export function NeedsYou({ needs }: { needs: Needs }) {
  const hidden = needs.items.length - SHOWN;
  return (
    <Section title={s.title}>
      <div className={classes.notices}>
        <SignInAgainNotices />
      </div>
      <ul className={classes.needs}>
        {needs.items.slice(0, SHOWN).map((run) => (
          <li key={run.id} className={classes.need}>
            <Need run={run} setAside={() => needs.setAside(run)} />
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p>
          <Link to="/runs?outcome=failed">{s.more(hidden)}</Link>
        </p>
      )}
    </Section>
  );
}

/** What is wrong with a run, as a problem with a remedy. */
function problemIn(run: Run): Problem | undefined {
  if (run.attention) return run.attention;
  if (run.cause) return run.cause;
  if (!run.waiting_for) return undefined;
  const { reason, detail, remedy } = run.waiting_for;
  return { title: strings.waiting[reason], detail, remedy };
}

function Need({ run, setAside }: { run: Run; setAside(): void }) {
  const again = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/runs/{id}/retry', { params: { path: { id: run.id } }, body: {} })),
  });
  const problem = problemIn(run);
  const failed = run.outcome === 'failed';
  return (
    <article aria-label={run.name}>
      <header className={classes.needTop}>
        <RunStatus run={run} />
        <Link to={`/runs/${run.id}`} className={classes.name}>
          {run.name}
        </Link>
        <span className={classes.soft}>
          <RelativeTime at={run.ended_at ?? run.waiting_for?.since ?? run.created_at} />
        </span>
      </header>
      {problem && (
        <ProblemView problem={problem} tone={failed ? 'failed' : 'waiting'}>
          {run.waiting_for?.reason === 'sign_in' && <SignInWays owner={run.person} />}
          <div className={classes.needActions}>
            <Button component={Link} to={`/runs/${run.id}`} size="xs" variant="default">
              {s.open}
            </Button>
            {failed && (
              <Button size="xs" variant="default" loading={again.isPending} onClick={() => again.mutate()}>
                {s.again}
              </Button>
            )}
            {failed && (
              <Button size="xs" variant="subtle" aria-label={s.asideLabel(run.name)} onClick={setAside}>
                {s.aside}
              </Button>
            )}
          </div>
        </ProblemView>
      )}
      {again.error && <ErrorView error={again.error} />}
    </article>
  );
}
