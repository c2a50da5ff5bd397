import type { RunRequest } from '@/api/types';
import { newRunStrings } from '@/strings/new-run';
import { terms } from '@/strings/terms';
import type { Checked } from '../plan/usePlan';
import type { Draft } from '../request/draft';
import type { FieldMistake } from '../request/read';
import type { Readiness } from './StartBar';
import type { Starting } from './useStart';

const s = newRunStrings.start;

interface Situation {
  draft: Draft;
  request: RunRequest;
  mistakes: FieldMistake[];
  checked: Checked;
  starting: Starting;
  /** Uploads that are not inputs yet. */
  pending: number;
  /** Nothing starts before the terms of use are accepted. */
  owesTerms: boolean;
}

/** Whether it could be started now; the first thing in the way otherwise. */
export function readinessOf({ draft, request, mistakes, checked, starting, pending, owesTerms }: Situation): Readiness {
  const stopped = (why: string): Readiness => ({ is: 'stopped', why });
  if (starting.busy) return { is: 'starting', repeating: starting.repeating };
  if (owesTerms) return stopped(terms.start);
  if (draft.mistake) return stopped(s.fileMistake(draft.mistake.line));
  if (mistakes.length > 0) return stopped(s.mistakes(mistakes.length));
  if (request.command == null && request.container == null && request.workflow == null) return stopped(s.empty);
  if (pending > 0) return stopped(newRunStrings.form.uploads.pending(pending));
  if (checked.checking) return { is: 'checking' };
  if (checked.problem) return stopped(s.unchecked);
  const best = checked.plan?.offers[0];
  return best ? { is: 'ready', service: best.service } : stopped(s.noOffer);
}
