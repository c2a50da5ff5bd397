import { Button } from '@mantine/core';
import type { Problem, RunDetail } from '@/api/types';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import type { CauseGroup } from '../queries';
import { Trouble } from '../Trouble';
import { useRetry, useRetryCause } from '../useActions';
import classes from './Array.module.css';

/** Elements that are named one by one. */
const NAMED = 10;

interface Props {
  run: RunDetail;
  causes: CauseGroup[];
  /** Elements whose causes are too rare to be told here. */
  others: number;
  /** Which of them is lit in the grid. */
  shown: CauseGroup | undefined;
  isSearching: boolean;
  onShow(cause: CauseGroup | undefined): void;
  onChoose(index: number): void;
}

/** A thousand failures are often one: grouped by what went wrong, the most frequent first. */
export function Causes({ run, causes, others, shown, isSearching, onShow, onChoose }: Props) {
  const all = useRetry(run.id);
  const these = useRetryCause(run.id);
  const error = all.error ?? these.error;
  const unsuccessful = run.elements.failed + run.elements.cancelled;
  return (
    <section aria-label={s.causes.title} className={classes.causes}>
      <h2>{s.causes.title}</h2>
      {error && <ErrorView error={error} />}
      {causes.map((cause) => (
        <div key={keyOf(cause)} className={classes.cause}>
          <Trouble problem={problemOf(cause)} />
          <div className={classes.causeActions}>
            <Button
              size="xs"
              variant={isSame(shown, cause) ? 'light' : 'default'}
              aria-pressed={isSame(shown, cause)}
              loading={isSearching && isSame(shown, cause)}
              onClick={() => onShow(isSame(shown, cause) ? undefined : cause)}
            >
              {s.causes.show}
            </Button>
            {run.state === 'ended' && (
              <Button
                size="xs"
                variant="default"
                loading={all.isPending || (these.isPending && isSame(these.variables, cause))}
                disabled={these.isPending}
                onClick={() => (cause.count === unsuccessful ? all.mutate(undefined) : these.mutate(cause))}
              >
                {s.causes.retry(cause.count)}
              </Button>
            )}
            <span className={classes.indices}>
              {cause.first.slice(0, NAMED).map((element) => (
                <button key={element} type="button" className={classes.index} onClick={() => onChoose(element)}>
                  {s.array.element(element)}
                </button>
              ))}
              {cause.count > NAMED && (
                <span className={classes.soft}>{s.causes.more(format.number(cause.count - NAMED))}</span>
              )}
            </span>
          </div>
        </div>
      ))}
      {others > 0 && <p className={classes.soft}>{s.causes.others(others)}</p>}
    </section>
  );
}

export const keyOf = (cause: CauseGroup): string => `${cause.code} ${cause.cause}`;

const isSame = (one: CauseGroup | undefined, other: CauseGroup) => one !== undefined && keyOf(one) === keyOf(other);

function problemOf({ code, cause, remedy, count }: CauseGroup): Problem {
  return { code, title: s.causes.elements(count), detail: cause, remedy };
}
