import { useQuery } from '@tanstack/react-query';
import { RelativeTime } from '@/parts/RelativeTime';
import { format } from '@/strings';
import { siteStrings } from '@/strings/site';
import { Shown } from '../../run/Shown';
import { weatherQuery } from '../queries';
import classes from './Site.module.css';

const s = siteStrings.lately;

/** How operations at a service went lately; nothing where nothing was tried. */
export function Lately({ service }: { service: string }) {
  const all = useQuery(weatherQuery).data?.items ?? [];
  const mine = all.filter((one) => one.service === service && one.tries > 0);
  if (mine.length === 0) return null;
  return (
    <>
      <h3 className={classes.small}>{s.title}</h3>
      <ul className={classes.lately}>
        {mine.map((one) => (
          <li key={one.operation}>
            <strong>{s.operations[one.operation] ?? <Shown text={one.operation} />}</strong>{' '}
            {s.rate(one.successes, one.tries)}
            {one.p50_millis != null && s.half(format.lasted(one.p50_millis))}
            {one.last_failure && (
              <span className={classes.soft}>
                {' '}
                {s.failure} <RelativeTime at={one.last_failure.at} /> <Shown text={s.because(one.last_failure.cause)} />
              </span>
            )}
            {one.failing_since && (
              <span className={classes.soft}>
                {' '}
                {s.failing} <RelativeTime at={one.failing_since} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
