import { useState } from 'react';
import type { SourceProblem } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Icon } from '@/parts/Icon';
import { RelativeTime } from '@/parts/RelativeTime';
import { sitesStrings } from '@/strings/sites';
import { Shown } from '../run/Shown';
import { plain } from '../run/visible';
import classes from './Sites.module.css';

const s = sitesStrings.problem;

/** A small mark beside a site; what it stands for is behind it. */
export function ProblemMark({ site, problems }: { site: string; problems: SourceProblem[] }) {
  const [open, setOpen] = useState(false);
  if (problems.length === 0) return null;
  const label = sitesStrings.table.problems(plain(site, 60), problems.length);
  return (
    <>
      <button type="button" className={classes.mark} aria-label={label} title={label} onClick={() => setOpen(true)}>
        <Icon name="warning" size={15} />
      </button>
      {open && (
        <Dialog title={s.title(plain(site, 60))} onClose={() => setOpen(false)}>
          <ProblemList problems={problems} />
        </Dialog>
      )}
    </>
  );
}

export function ProblemList({ problems }: { problems: SourceProblem[] }) {
  return (
    <ul className={classes.problems}>
      {problems.map((one) => (
        <li key={`${one.source} ${one.what} ${one.detail}`}>
          <strong>{s.what[one.what]}</strong>{' '}
          <span className={classes.soft}>
            <Shown text={one.source} />
          </span>
          <p>
            <Shown text={one.detail} longest={400} />
          </p>
          <p>
            <Shown text={one.remedy} longest={400} />
          </p>
          {one.read_at && (
            <p className={classes.soft}>
              {s.shownInstead} <RelativeTime at={one.read_at} />
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
