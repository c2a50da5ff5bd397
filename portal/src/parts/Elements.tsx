import type { Counts } from '@/api/types';
import { strings } from '@/strings';
import classes from './Elements.module.css';

const PARTS = ['done', 'failed', 'cancelled', 'active'] as const;

/** How far an array is: a bar whose parts are also said in words. Nothing for a run with one element. */
export function Elements({ counts }: { counts: Counts }) {
  if (counts.total <= 1) return null;
  const said = strings.elementsSaid(counts);
  return (
    <span className={classes.elements}>
      <span className={classes.bar} aria-hidden="true">
        {PARTS.map((part) =>
          counts[part] > 0 ? <span key={part} data-part={part} style={{ flexGrow: counts[part] }} /> : null,
        )}
        <span data-part="queued" style={{ flexGrow: counts.queued }} />
      </span>
      <span className={classes.said}>{said}</span>
    </span>
  );
}
