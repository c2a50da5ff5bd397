import { Progress } from '@mantine/core';
import type { QuotaView } from '@/api/types';
import { quotas as s } from '@/strings/quotas';
import classes from './QuotaBars.module.css';

const NAMES = ['runs', 'cores', 'accelerators'] as const;
/** From here on it is worth saying on the first page. */
const NEARLY = 0.8;

const shareOf = ({ used, most }: { used: number; most?: number }) => (most ? used / most : used > 0 ? 1 : 0);

/** Whether it will soon be in somebody's way, or is. */
export function isNearlyUsed(quota: QuotaView): boolean {
  return quota.waiting > 0 || NAMES.some((name) => quota[name].most !== undefined && shareOf(quota[name]) > NEARLY);
}

/** Of what may be had at once: how much is. What is not limited has no bar. */
export function QuotaBars({ quota }: { quota: QuotaView }) {
  return (
    <>
      <div className={classes.bars}>
        {NAMES.map((name) => {
          const { used, most } = quota[name];
          const said = most === undefined ? s.unlimited(used) : s.of(used, most);
          return (
            <div key={name} className={classes.bar}>
              <span>{s.names[name]}</span>
              <span>{said}</span>
              {most !== undefined && (
                <Progress
                  value={Math.min(100, shareOf({ used, most }) * 100)}
                  color={shareOf({ used, most }) >= 1 ? 'lamp' : 'sea'}
                  aria-label={`${s.names[name]}: ${said}`}
                />
              )}
            </div>
          );
        })}
      </div>
      {quota.waiting > 0 && <p className={classes.waiting}>{s.waiting(quota.waiting)}</p>}
    </>
  );
}
