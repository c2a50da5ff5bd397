import { Progress } from '@mantine/core';
import type { ProjectQuota, ProjectQuotas as Quotas } from '@/api/types';
import { format } from '@/strings';
import { siteStrings } from '@/strings/site';
import classes from './Site.module.css';

const s = siteStrings.quotas;
const NAMES = Object.keys(s.names) as (keyof typeof s.names)[];

/** Of all that is limited: how much is used. What is not known is not there. */
export function ProjectQuotas({ quotas }: { quotas: Quotas }) {
  const known = NAMES.filter((name) => quotas[name]);
  if (known.length === 0) return <p className={classes.soft}>{s.none}</p>;
  return (
    <div className={classes.bars}>
      {known.map((name) => {
        const quota = quotas[name];
        return quota && <Bar key={name} name={name} quota={quota} />;
      })}
    </div>
  );
}

function Bar({ name, quota }: { name: keyof typeof s.names; quota: ProjectQuota }) {
  const text = name === 'memory' || name === 'volume_bytes' ? format.bytes : format.number;
  const { used, limit } = quota;
  const isLimited = limit !== undefined && limit !== null;
  const said = isLimited ? s.of(text(used), text(limit)) : s.unlimited(text(used));
  return (
    <div className={classes.bar}>
      <span>{s.names[name]}</span>
      <span>{said}</span>
      {isLimited && (
        <Progress
          value={limit > 0 ? Math.min(100, (used / limit) * 100) : 100}
          color={used >= limit ? 'lamp' : 'sea'}
          aria-label={`${s.names[name]}: ${said}`}
        />
      )}
    </div>
  );
}
