import { Button } from '@mantine/core';
import { Link } from 'wouter';
import type { Offer } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { ProblemView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { strings } from '@/strings';
import { newRunStrings, placementStrings as s } from '@/strings/new-run';
import { offersStrings } from '@/strings/offers';
import { lineOf } from '../file/language';
import { goTo } from '../request/mistakes';
import type { FieldMistake } from '../request/read';
import classes from './PlanPane.module.css';
import { PlanView } from './PlanView';
import type { Checked } from './usePlan';

const m = newRunStrings.mistakes;

interface Props {
  checked: Checked;
  mistakes: FieldMistake[];
  lines: Map<string, number>;
  /** The address of the page that compares them. */
  offers: string;
  isOnly(offer: Offer): boolean;
  pick: ((offer: Offer) => void) | undefined;
}

/** Where it could run; before that, what has to be corrected first. */
export function PlanPane({ checked, mistakes, lines, offers, isOnly, pick }: Props) {
  const { plan, problem, checking } = checked;
  const lineFor = (field: string) => lineOf(lines, field) ?? Number.POSITIVE_INFINITY;
  const ordered = mistakes.toSorted((a, b) => lineFor(a.field) - lineFor(b.field));
  return (
    <section className={classes.pane} aria-label={s.title}>
      <div className={classes.top}>
        <h2 className={classes.title}>{s.title}</h2>
        {plan && (
          <span className={classes.age}>
            {mistakes.length > 0 ? s.before : s.checkedAt}{' '}
            {mistakes.length === 0 && <RelativeTime at={plan.created_at} />}
          </span>
        )}
      </div>
      {mistakes.length > 0 && (
        <div className={classes.mistakes}>
          <p className={classes.lead}>{m.lead}</p>
          <ul>
            {ordered.map(({ field, detail }) => (
              <li key={field}>
                <button type="button" className={classes.mistake} onClick={() => goTo(field)}>
                  <code>
                    <bdi>{field || newRunStrings.form.label}</bdi>
                  </code>
                  <span>{detail}</span>
                  <LineNumber line={lineOf(lines, field)} />
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {problem && !checking && (
        <ProblemView problem={problem}>
          <Button size="xs" variant="default" mt="xs" onClick={checked.again}>
            {strings.actions.retry}
          </Button>
        </ProblemView>
      )}
      {plan && <PlanView plan={plan} busy={checking} isOnly={isOnly} pick={pick} />}
      {plan && (
        <p className={classes.compare}>
          <Link to={offers}>{offersStrings.compare}</Link>
        </p>
      )}
      {!plan && checking && <Loading />}
      {!plan && !checking && !problem && mistakes.length === 0 && <p className={classes.age}>{s.later}</p>}
    </section>
  );
}

function LineNumber({ line }: { line: number | undefined }) {
  return line === undefined ? null : <span className={classes.line}>{m.line(line)}</span>;
}
