import { Link } from 'wouter';
import type { Machine, RunDetail } from '@/api/types';
import { RelativeTime } from '@/parts/RelativeTime';
import { RunStatus, StatusBadge } from '@/parts/RunStatus';
import { SignInWays } from '@/parts/SignInAgain';
import { strings } from '@/strings';
import { machinesStrings } from '@/strings/machines';
import { CopyText } from '../../run/CopyText';
import { Shown } from '../../run/Shown';
import { Trouble } from '../../run/Trouble';
import { siteAddress } from '../../sites/SitesTable';
import { machineStatus } from '../status';
import classes from './One.module.css';

const s = machinesStrings.one;

interface Props {
  run: RunDetail;
  machine: Machine | undefined;
}

/** How it stands, what it is, and what wants a person's attention. */
export function Head({ run, machine }: Props) {
  const { waiting_for: waiting } = run;
  // Until it is there, its run knows more: what it waits for, or that it failed.
  const isMade = machine?.ready_at != null && !run.outcome && !run.cancelling;
  return (
    <div className={classes.head}>
      <div className={classes.line}>
        {machine && (isMade || machine.status === 'deleting') ? (
          <StatusBadge status={machineStatus(machine.status)} />
        ) : (
          <RunStatus run={run} />
        )}
        {machine && <Facts machine={machine} />}
        <span className={classes.soft}>
          {s.created} <RelativeTime at={run.created_at} />
        </span>
        <CopyText text={run.id} short={run.id} what={s.title} />
      </div>
      {waiting && (
        <Trouble
          tone="waiting"
          problem={{ title: strings.waiting[waiting.reason], detail: waiting.detail, remedy: waiting.remedy }}
        >
          <p className={classes.soft}>
            {s.since} <RelativeTime at={waiting.since} />
            {waiting.until && (
              <>
                {s.until} <RelativeTime at={waiting.until} />
              </>
            )}
          </p>
          {waiting.reason === 'sign_in' && <SignInWays owner={run.person} />}
        </Trouble>
      )}
      {run.attention && <Trouble tone="waiting" problem={run.attention} />}
      {run.cause && <Trouble tone={run.outcome === 'failed' ? 'failed' : 'waiting'} problem={run.cause} />}
      {!machine && waiting && <p className={classes.soft}>{s.noOffer}</p>}
    </div>
  );
}

function Facts({ machine }: { machine: Machine }) {
  return (
    <>
      {machine.site && (
        <Link to={siteAddress(machine.site)}>
          <Shown text={machine.site} longest={60} />
        </Link>
      )}
      {machine.size && (
        <span className={classes.soft}>
          {s.size} <Shown text={machine.size} longest={60} />
        </span>
      )}
      {machine.image && (
        <span className={classes.soft}>
          {s.image} <Shown text={machine.image} longest={60} />
        </span>
      )}
      {machine.pilot && (
        <span className={classes.soft}>
          {s.pilot[machine.pilot.state]} <RelativeTime at={machine.pilot.since} />
          {machine.pilot.computer && (
            <>
              {' '}
              <Shown text={s.pilotHas(machine.pilot.computer.cores, machine.pilot.version ?? '')} longest={60} />
            </>
          )}
        </span>
      )}
      {machine.community && (
        <span className={classes.soft}>
          <Shown text={machine.community} longest={60} />
        </span>
      )}
    </>
  );
}
