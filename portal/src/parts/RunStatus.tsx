import type { Run } from '@/api/types';
import { Icon } from './Icon';
import classes from './RunStatus.module.css';
import { type Status, statusOf } from './status';

/** A word, a sign and a colour. */
export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className={classes.badge} data-tone={status.tone}>
      <Icon name={status.icon} size={14} />
      {status.label}
    </span>
  );
}

export function RunStatus({ run }: { run: Pick<Run, 'state' | 'outcome' | 'waiting_for' | 'cancelling'> }) {
  return <StatusBadge status={statusOf(run)} />;
}
