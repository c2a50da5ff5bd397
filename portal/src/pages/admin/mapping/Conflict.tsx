import { Button } from '@mantine/core';
import type { MappingView, Rule } from '@/api/types';
import { ProblemView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import { plain } from '../../run/visible';
import classes from './Mapping.module.css';
import { changeOf, isChange } from './rules';
import { writeRules } from './text';
import { rulesOf } from './useDraft';

const s = admin.conflict;

interface Props {
  base: MappingView;
  theirs: MappingView;
  /** Absent while one's own text has a mistake. */
  onMerge: (() => void) | undefined;
  onTake(): void;
}

/** Two changed the same version. What the other did is shown before anything is decided. */
export function Conflict({ base, theirs, onMerge, onTake }: Props) {
  const change = changeOf(rulesOf(base), rulesOf(theirs));
  const problem = {
    title: s.title,
    detail: s.since(base.version, theirs.version, plain(theirs.made_by ?? '', 60)),
    remedy: s.mergeHint,
  };
  return (
    <div role="alert" className={classes.conflict}>
      <ProblemView problem={problem} tone="waiting">
        {isChange(change) ? (
          <>
            <p className={classes.they}>{s.they}</p>
            <ul className={classes.differences}>
              {change.added.map((rule) => (
                <Difference key={writeRules([rule])} rule={rule} is="added" />
              ))}
              {change.removed.map((rule) => (
                <Difference key={writeRules([rule])} rule={rule} is="removed" />
              ))}
            </ul>
          </>
        ) : (
          <p className={classes.they}>{s.nothing}</p>
        )}
        <div className={classes.conflictActions}>
          <Button size="xs" onClick={onMerge} disabled={!onMerge}>
            {s.merge}
          </Button>
          <Button size="xs" variant="default" onClick={onTake}>
            {s.take}
          </Button>
        </div>
      </ProblemView>
    </div>
  );
}

function Difference({ rule, is }: { rule: Rule; is: 'added' | 'removed' }) {
  const [, ...lines] = writeRules([rule]).trimEnd().split('\n');
  return (
    <li data-is={is}>
      <span>{s[is]}</span>
      <code>{lines.join('; ')}</code>
    </li>
  );
}
