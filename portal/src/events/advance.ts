// What an event makes of a run that is on screen: the same as the gateway made of it.
import type { Event, Run } from '@/api/types';

export function advance<R extends Run>(run: R, event: Event): R {
  switch (event.kind) {
    case 'state':
      return {
        ...run,
        state: event.state,
        ...(event.state === 'running' && !run.started_at ? { started_at: event.at } : {}),
        ...(event.state === 'ended' ? { ended_at: event.at, waiting_for: null } : {}),
      };
    case 'waiting':
      return { ...run, waiting_for: event.waiting_for };
    case 'resumed':
      return { ...run, waiting_for: null };
    case 'attempt_started':
      return { ...run, service: event.service };
    case 'elements':
      return { ...run, elements: event.elements };
    case 'cancel_requested':
      return { ...run, cancelling: true };
    case 'retry_requested':
      return { ...run, outcome: null, cause: null, cancelling: false, ended_at: null };
    case 'outcome':
      return { ...run, outcome: event.outcome, cause: event.cause ?? null, waiting_for: null };
    case 'attention':
      return { ...run, attention: event.problem };
    default:
      return run;
  }
}
