import { Button, SegmentedControl } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { RunDetail } from '@/api/types';
import { useEvents } from '@/events/LiveProvider';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { type CauseGroup, overviewQuery } from '../queries';
import classes from './Array.module.css';
import { Causes } from './Causes';
import { countsOf, type Overview, type Word } from './cells';
import { ElementGrid } from './ElementGrid';
import { ElementTable } from './ElementTable';
import { useColours } from './useColours';
import { useLit } from './useLit';

/** An array that ends ten thousand elements in a minute asks for the overview now and then, not ten thousand times. */
const AT_MOST_EVERY = 1_000;

interface Props {
  run: RunDetail;
  chosen: number | undefined;
  onChoose(index: number): void;
}

export function ArrayTab({ run, chosen, onChoose }: Props) {
  const overview = useQuery(overviewQuery(run.id));
  const [view, setView] = useState<'grid' | 'table'>('grid');
  const [only, setOnly] = useState<Word>();
  const [cause, setCause] = useState<CauseGroup>();
  const lit = useLit(run.id, cause);
  useOverviewNews(run.id);
  const causes = overview.data?.causes ?? [];
  if (overview.error && !overview.data) return <ErrorView error={overview.error} retry={overview.refetch} />;
  if (!overview.data) return <Loading />;
  const data: Overview = { total: overview.data.total, states: overview.data.states as [string, number][] };
  return (
    <div className={classes.tab}>
      <div className={classes.tools}>
        <Legend overview={data} only={only} onOnly={view === 'table' ? setOnly : undefined} />
        <SegmentedControl
          size="xs"
          value={view}
          aria-label={s.array.view}
          onChange={(value) => setView(value as 'grid' | 'table')}
          data={[
            { value: 'grid', label: s.array.asGrid },
            { value: 'table', label: s.array.asTable },
          ]}
        />
      </div>
      {view === 'grid' ? (
        <ElementGrid overview={data} chosen={chosen} lit={cause && lit.data} onChoose={onChoose} />
      ) : (
        <ElementTable run={run} is={only} chosen={chosen} onChoose={onChoose} />
      )}
      {causes.length > 0 && (
        <Causes
          run={run}
          causes={causes}
          others={overview.data.other_causes}
          shown={view === 'grid' ? cause : undefined}
          isSearching={lit.isFetching}
          onShow={(wanted) => {
            setCause(wanted);
            if (wanted) setView('grid');
          }}
          onChoose={onChoose}
        />
      )}
    </div>
  );
}

function useOverviewNews(run: string): void {
  const client = useQueryClient();
  const timer = useRef<number>(undefined);
  useEvents(() => {
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      void client.invalidateQueries({ queryKey: overviewQuery(run).queryKey });
    }, AT_MOST_EVERY);
  }, run);
  useEffect(() => () => window.clearTimeout(timer.current), []);
}

interface LegendProps {
  overview: Overview;
  only: Word | undefined;
  onOnly: ((word: Word | undefined) => void) | undefined;
}

/** What the colours mean, with how many there are; in the table it is the filter. */
function Legend({ overview, only, onOnly }: LegendProps) {
  const { states } = useColours();
  const words = ['queued', 'leased', 'staging', 'running', 'collecting', 'done', 'failed', 'cancelled'] as const;
  return (
    <ul className={classes.legend} aria-label={s.array.legend}>
      {countsOf(overview).map(([word, count]) => {
        const said = (
          <>
            <span
              className={classes.swatch}
              data-word={word}
              style={{ background: states[words.indexOf(word)] }}
              aria-hidden="true"
            />
            {s.array.words[word]} <strong>{format.number(count)}</strong>
          </>
        );
        return (
          <li key={word}>
            {onOnly ? (
              <Button
                size="compact-xs"
                variant={only === word ? 'light' : 'default'}
                aria-pressed={only === word}
                onClick={() => onOnly(only === word ? undefined : word)}
              >
                <span className={classes.legendItem}>{said}</span>
              </Button>
            ) : (
              <span className={classes.legendItem}>{said}</span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
