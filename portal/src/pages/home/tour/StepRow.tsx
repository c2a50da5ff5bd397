import { skipToken, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { runQuery } from '@/api/queries';
import { Elements } from '@/parts/Elements';
import { RunStatus } from '@/parts/RunStatus';
import { tour as s } from '@/strings/home';
import type { Step } from './state';
import classes from './Tour.module.css';

export function StepRow({ step, number, id }: { step: Step; number: number; id: string | undefined }) {
  const query = runQuery(id ?? '');
  const run = useQuery({ queryKey: query.queryKey, queryFn: id ? (query.queryFn ?? skipToken) : skipToken });
  const said = s.steps[step];
  return (
    <li className={classes.step}>
      <span className={classes.number} aria-hidden="true">
        {number}
      </span>
      <div>
        <p className={classes.stepTitle}>
          {id ? (
            <Link to={`/runs/${id}`} title={s.open(step)}>
              {said.title}
            </Link>
          ) : (
            said.title
          )}
        </p>
        <p className={classes.stepText}>{said.text}</p>
        {run.data && (
          <p className={classes.stepState}>
            <RunStatus run={run.data} />
            <Elements counts={run.data.elements} />
          </p>
        )}
      </div>
    </li>
  );
}
