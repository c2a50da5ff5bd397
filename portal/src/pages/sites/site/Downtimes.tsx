import type { Downtime } from '@/api/types';
import { useNow } from '@/parts/RelativeTime';
import { siteStrings } from '@/strings/site';
import { Shown } from '../../run/Shown';
import classes from './Site.module.css';

const s = siteStrings.downtime;

/** What is announced and not over, the nearest first. */
export function Downtimes({ downtimes }: { downtimes: Downtime[] }) {
  const now = useNow();
  const ahead = downtimes.filter((one) => new Date(one.until) > now).sort((a, b) => a.from.localeCompare(b.from));
  if (ahead.length === 0) return <p className={classes.soft}>{siteStrings.noDowntimes}</p>;
  return (
    <ul className={classes.plainList}>
      {ahead.map((one) => (
        <li key={`${one.of} ${one.from} ${one.source}`}>
          <strong className={classes.severity} data-tone={new Date(one.from) <= now ? one.severity : undefined}>
            {s.severity[one.severity]} {new Date(one.from) <= now && s.now}
          </strong>{' '}
          {s.span(one.from, one.until)}
          <p>
            <Shown text={one.why} longest={400} />
          </p>
          <p className={classes.soft}>
            <Shown text={s.origin(one.of, one.source)} />
          </p>
        </li>
      ))}
    </ul>
  );
}
