import { Link } from 'wouter';
import type { RunDetail } from '@/api/types';
import { Elements } from '@/parts/Elements';
import { RelativeTime, useNow } from '@/parts/RelativeTime';
import { RunStatus } from '@/parts/RunStatus';
import { SignInWays } from '@/parts/SignInAgain';
import { format, strings } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { CopyText } from './CopyText';
import classes from './Head.module.css';
import { Shown } from './Shown';
import { Trouble } from './Trouble';

/** How it stands, since when, and what wants a person's attention. */
export function Head({ run }: { run: RunDetail }) {
  const isEnding = run.state === 'releasing' && run.outcome;
  return (
    <div className={classes.head}>
      <div className={classes.line}>
        <RunStatus run={run} />
        <Elements counts={run.elements} />
        {isEnding && <span className={classes.soft}>{strings.state.releasing}</span>}
        <span className={classes.soft}>{s.kinds[run.kind]}</span>
        {run.service && (
          <span className={classes.soft}>
            <Shown text={s.at(run.service)} longest={60} />
          </span>
        )}
        <Times run={run} />
        <CopyText text={run.id} short={run.id} what={s.id} />
      </div>
      {run.waiting_for && (
        <Trouble
          tone="waiting"
          problem={{
            title: strings.waiting[run.waiting_for.reason],
            detail: run.waiting_for.detail,
            remedy: run.waiting_for.remedy,
          }}
        >
          <p className={classes.soft}>
            {s.since} <RelativeTime at={run.waiting_for.since} />
            {run.waiting_for.until && (
              <>
                {s.until} <RelativeTime at={run.waiting_for.until} />
              </>
            )}
          </p>
          {run.waiting_for.reason === 'sign_in' && <SignInWays owner={run.person} />}
          {run.waiting_for.reason === 'quota' && <Link to="/account">{s.quota}</Link>}
        </Trouble>
      )}
      {run.attention && <Trouble tone="waiting" problem={run.attention} />}
      {run.cause && <Trouble tone={run.outcome === 'failed' ? 'failed' : 'waiting'} problem={run.cause} />}
    </div>
  );
}

function Times({ run }: { run: RunDetail }) {
  const now = useNow();
  const { started_at: started, ended_at: ended } = run;
  const until = ended ? new Date(ended) : now;
  return (
    <>
      <span className={classes.soft}>
        {s.created} <RelativeTime at={run.created_at} />
      </span>
      {started && (
        <span className={classes.soft} title={s.startedAt(format.moment(started))}>
          {ended
            ? s.took(format.lasted(until.getTime() - new Date(started).getTime()))
            : s.runsFor(format.lasted(Math.max(0, until.getTime() - new Date(started).getTime())))}
        </span>
      )}
    </>
  );
}
