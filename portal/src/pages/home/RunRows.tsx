import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Run } from '@/api/types';
import { Elements } from '@/parts/Elements';
import { Card } from '@/parts/Page';
import { RunStatus } from '@/parts/RunStatus';
import classes from './Home.module.css';

/** A short list of runs. `aside` is what is worth saying at the end of each row. */
export function RunRows({ runs, aside }: { runs: Run[]; aside(run: Run): ReactNode }) {
  return (
    <Card flush>
      <ul className={classes.rows}>
        {runs.map((run) => (
          <li key={run.id} className={classes.row}>
            <span className={classes.status}>
              <RunStatus run={run} />
            </span>
            <Link to={`/runs/${run.id}`} className={classes.name}>
              {run.name}
            </Link>
            <span className={classes.elements}>
              <Elements counts={run.elements} />
            </span>
            <span className={classes.service}>{run.service}</span>
            <span className={classes.aside}>{aside(run)}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
