import { Progress } from '@mantine/core';
import type { ProjectQuotas } from '@/api/types';
import { sitesStrings } from '@/strings/sites';
import { left } from './rows';
import classes from './Table.module.css';

const s = sitesStrings.table;

/** What is left of machines and of cores: the fuller the bar, the more is used. */
export function Headroom({ quotas }: { quotas: ProjectQuotas }) {
  return (
    <span className={classes.headroom}>
      <Tiny quotas={quotas} of="instances" name={s.machines} />
      <Tiny quotas={quotas} of="cores" name={s.cores} />
    </span>
  );
}

function Tiny({ quotas, of, name }: { quotas: ProjectQuotas; of: 'instances' | 'cores'; name: string }) {
  const quota = quotas[of];
  if (!quota) return null;
  const { used, limit } = quota;
  if (limit === undefined || limit === null) {
    return (
      <span className={classes.tiny}>
        <span>{name}</span>
        <span className={classes.unlimited}>{s.unlimited}</span>
      </span>
    );
  }
  const room = left(quotas, of);
  const said = s.leftOf(name, room, limit);
  return (
    <span className={classes.tiny} title={said}>
      <span>{name}</span>
      <Progress
        value={limit > 0 ? Math.min(100, (used / limit) * 100) : 100}
        color={room === 0 ? 'lamp' : 'sea'}
        size="xs"
        aria-label={said}
      />
      <span className={classes.figure}>{s.left(room)}</span>
    </span>
  );
}
