import { useState } from 'react';
import type { Conflict, Fact } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Icon } from '@/parts/Icon';
import { siteStrings as s } from '@/strings/site';
import { sitesStrings } from '@/strings/sites';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import classes from './Site.module.css';

interface Props {
  /** Names the table of facts among all on the page. */
  label: string;
  facts: Fact[];
  conflicts: Conflict[];
}

/** Facts with their origin, and where sources contradict each other. */
export function Known({ label, facts, conflicts }: Props) {
  return (
    <>
      {conflicts.length > 0 && (
        <>
          <p className={classes.small}>{s.conflictsTitle}</p>
          <ul className={classes.plainList}>
            {conflicts.map((one) => (
              <li key={`${one.about} ${one.refuted.value} ${one.refuted.source}`}>
                <strong>
                  <Shown text={one.about} />
                </strong>
                <Said name={s.conflict.believed} fact={one.believed} />
                <Said name={s.conflict.refuted} fact={one.refuted} />
              </li>
            ))}
          </ul>
        </>
      )}
      {facts.length > 0 && <Facts label={label} facts={facts} />}
    </>
  );
}

function Said({ name, fact }: { name: string; fact: Fact }) {
  return (
    <div className={classes.said}>
      <span className={classes.soft}>{name}</span>
      <Shown text={fact.value} />
      <span className={classes.soft}>
        <Shown text={fact.source} />
      </span>
    </div>
  );
}

export function Facts({ label, facts }: { label: string; facts: Fact[] }) {
  const { fact, value, source } = sitesStrings.evidenceColumns;
  return (
    // A box that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className={classes.scroll} tabIndex={0} aria-label={label}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{fact}</th>
            <th scope="col">{value}</th>
            <th scope="col">{source}</th>
          </tr>
        </thead>
        <tbody>
          {facts.map((one) => (
            <tr key={`${one.name} ${one.value} ${one.source}`}>
              <th scope="row">
                <Shown text={one.name} />
              </th>
              <td>
                <Shown text={one.value} />
              </td>
              <td className={classes.soft}>
                <Shown text={one.source} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Beside a name in a table: how what is said of it is known; a warning where sources differ. */
export function KnownMark({ name, facts = [], conflicts = [] }: { name: string } & Partial<Omit<Props, 'label'>>) {
  const [open, setOpen] = useState(false);
  if (facts.length === 0 && conflicts.length === 0) return null;
  const differ = conflicts.length > 0;
  const label = (differ ? s.conflictOf : s.knownOf)(plain(name, 60));
  return (
    <>
      <button
        type="button"
        className={classes.mark}
        data-differ={differ || undefined}
        aria-label={label}
        title={label}
        onClick={() => setOpen(true)}
      >
        <Icon name={differ ? 'warning' : 'right'} size={14} />
      </button>
      {open && (
        <Dialog title={label} onClose={() => setOpen(false)}>
          <Known label={label} facts={facts} conflicts={conflicts} />
        </Dialog>
      )}
    </>
  );
}
