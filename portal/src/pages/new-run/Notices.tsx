import { Link } from 'wouter';
import type { Run } from '@/api/types';
import { newRunStrings } from '@/strings/new-run';
import { type Draft, isEmpty } from './request/draft';
import { withoutSecrets } from './request/keeping';
import type { DraftControl } from './request/useDraft';
import classes from './Workbench.module.css';

const s = newRunStrings.draft;

/** Where the draft comes from, that it is kept, and how to be rid of it. */
export function Notices({ control, draft, source }: { control: DraftControl; draft: Draft; source: Run | undefined }) {
  const { undo, clear } = control;
  return (
    <div className={classes.notices}>
      {draft.from !== undefined ? (
        <p>
          {s.from(source?.name ?? draft.from)} <Link to={`/runs/${draft.from}`}>{s.fromLink}</Link>
        </p>
      ) : (
        <p>{newRunStrings.lead}</p>
      )}
      {undo && (
        <p role="status">
          {isEmpty(draft) ? s.cleared : s.replaced}{' '}
          <button type="button" className={classes.textButton} onClick={undo}>
            {s.undo}
          </button>
        </p>
      )}
      {!isEmpty(draft) && (
        <p className={classes.clear}>
          {withoutSecrets(draft.value) === draft.value ? s.kept : s.keptWithoutSecrets}{' '}
          <button type="button" className={classes.textButton} onClick={clear}>
            {s.clear}
          </button>
        </p>
      )}
    </div>
  );
}
