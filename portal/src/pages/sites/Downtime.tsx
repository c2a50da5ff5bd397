import type { Downtime as Announced } from '@/api/types';
import { RelativeTime } from '@/parts/RelativeTime';
import { sitesStrings } from '@/strings/sites';
import { plain } from '../run/visible';
import classes from './Table.module.css';

const s = sitesStrings.table.downtime;

/** The one that is now, or when the next one is. */
export function Downtime({ downtime, now }: { downtime: Announced; now: Date }) {
  const { severity, from, until, why } = downtime;
  const isNow = new Date(from) <= now;
  return (
    <span
      className={classes.downtime}
      data-tone={isNow ? (severity === 'outage' ? 'failed' : 'waiting') : undefined}
      title={`${plain(why)} (${s.until(until)})`}
    >
      {(isNow ? s.now : s.next)[severity]} {!isNow && <RelativeTime at={from} />}
    </span>
  );
}
