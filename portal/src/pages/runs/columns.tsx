import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Run } from '@/api/types';
import { Elements } from '@/parts/Elements';
import { RelativeTime, useNow } from '@/parts/RelativeTime';
import { RunStatus } from '@/parts/RunStatus';
import { format } from '@/strings';
import type { runs as s } from '@/strings/runs';
import classes from './Runs.module.css';

export interface Column {
  id: keyof typeof s.columns;
  cell(run: Run): ReactNode;
}

/** Order and filters are the gateway's, so these are all there is to the table. */
export const columns: Column[] = [
  { id: 'status', cell: (run) => <RunStatus run={run} /> },
  {
    id: 'name',
    cell: (run) => (
      <Link to={`/runs/${run.id}`} className={classes.name} data-run={run.id}>
        {run.name}
      </Link>
    ),
  },
  { id: 'elements', cell: (run) => <Elements counts={run.elements} /> },
  { id: 'service', cell: (run) => run.service },
  { id: 'created', cell: (run) => <RelativeTime at={run.created_at} /> },
  { id: 'took', cell: (run) => <Took run={run} /> },
];

/** How long it ran; still counting, by the page's clock, while it does. */
function Took({ run }: { run: Run }) {
  const now = useNow();
  if (!run.started_at) return null;
  const start = new Date(run.started_at);
  // What has just begun may be newer than the last tick.
  const end = run.ended_at ? new Date(run.ended_at) : now < start ? new Date() : now;
  const length = end.getTime() - start.getTime();
  return length < 0 ? null : format.lasted(length);
}
