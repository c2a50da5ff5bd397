import { useQuery } from '@tanstack/react-query';
import type { Weather } from '@/api/types';
import { format } from '@/strings';
import { sitesStrings } from '@/strings/sites';
import { weatherQuery } from './queries';
import classes from './Table.module.css';

const s = sitesStrings.table.lately;

/** How it went at a service lately, in a line: what does not work now before how machines fared; nothing where nothing was tried. */
export function Fared({ service }: { service: string }) {
  const all = useQuery(weatherQuery).data?.items ?? [];
  const said = shortly(all.filter((one) => one.service === service && one.tries > 0));
  return said && <span className={classes.said}>{said}</span>;
}

function shortly(mine: Weather[]): string | undefined {
  const failing = mine.find((one) => one.failing_since && one.operation in s.failing);
  if (failing) return s.failing[failing.operation];
  const boot = mine.find((one) => one.operation === 'boot');
  return boot && s.up(boot.successes, boot.tries, boot.p50_millis != null ? format.lasted(boot.p50_millis) : undefined);
}
