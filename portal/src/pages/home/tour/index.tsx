import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { keys, runQuery } from '@/api/queries';
import { Icon } from '@/parts/Icon';
import { ErrorView, ProblemView } from '@/parts/ProblemView';
import { tour as s } from '@/strings/home';
import { begin } from './demonstration';
import { Result } from './Result';
import { StepRow } from './StepRow';
import { STEPS, type Step, type Tour as TourState } from './state';
import classes from './Tour.module.css';

/** Real runs on the person's own gateway, watched from beginning to end. */
export default function Tour({ tour }: { tour: TourState }) {
  const start = useMutation({ mutationFn: begin, onSuccess: tour.began });
  return (
    <section className={classes.tour} aria-labelledby="tour-title">
      <div className={classes.sea} aria-hidden="true" />
      <div className={classes.content}>
        <h2 id="tour-title" className={classes.title}>
          {s.title}
        </h2>
        <p className={classes.lead}>{s.lead}</p>
        <Progress runs={tour.runs} />
        {start.error && <ErrorView error={start.error} />}
        <div className={classes.actions}>
          <Button loading={start.isPending} leftSection={<Icon name="running" />} onClick={() => start.mutate()}>
            {tour.runs ? s.again : s.start}
          </Button>
          <Button variant="default" onClick={tour.hide}>
            {tour.runs ? s.close : s.later}
          </Button>
          <output className={classes.said}>{start.isPending ? s.starting : ''}</output>
        </div>
      </div>
    </section>
  );
}

function Progress({ runs }: { runs: TourState['runs'] }) {
  return (
    <>
      <ol className={classes.steps}>
        {STEPS.map((step, index) => (
          <StepRow key={step} step={step} number={index + 1} id={runs?.[step]} />
        ))}
      </ol>
      {runs && <Outcome runs={runs} />}
    </>
  );
}

/** The end: the result, or why there is none. */
function Outcome({ runs }: { runs: Record<Step, string> }) {
  const simulate = useQuery(runQuery(runs.simulate));
  const find = useQuery(runQuery(runs.find));
  const merge = useQuery(runQuery(runs.merge));
  const failed = [simulate, find, merge].find((run) => run.data?.outcome && run.data.outcome !== 'done');
  if (failed?.data?.cause) return <ProblemView problem={failed.data.cause} />;
  if (merge.data?.outcome !== 'done') return null;
  return <Result key={keys.run(runs.merge).join()} find={runs.find} merge={runs.merge} />;
}
