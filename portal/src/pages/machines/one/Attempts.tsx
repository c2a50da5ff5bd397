import type { Attempt } from '@/api/types';
import { Section } from '@/parts/Page';
import { RelativeTime } from '@/parts/RelativeTime';
import { machinesStrings } from '@/strings/machines';
import { Shown } from '../../run/Shown';
import { Trouble } from '../../run/Trouble';
import classes from './One.module.css';

const s = machinesStrings.one.attempts;

/** Where it was tried, and why it went on elsewhere. */
export function Attempts({ attempts, failed }: { attempts: Attempt[]; failed: boolean }) {
  return (
    <Section title={s.title}>
      <ol className={classes.attempts}>
        {attempts.map((attempt) => (
          <li key={attempt.id}>
            <h3 className={classes.attempt}>
              {s.at(attempt.number)} <Shown text={attempt.service} longest={80} />{' '}
              <span className={classes.soft}>
                <RelativeTime at={attempt.started_at} />
              </span>
            </h3>
            {attempt.cause && <Trouble problem={attempt.cause} tone={failed ? 'failed' : 'waiting'} />}
          </li>
        ))}
      </ol>
    </Section>
  );
}
