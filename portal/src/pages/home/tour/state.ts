// Whether the tour is shown, and its runs, so that it goes on where it was after a reload.
import { useState } from 'react';

export const STEPS = ['simulate', 'find', 'merge'] as const;
export type Step = (typeof STEPS)[number];

/** The identifiers of the tour's runs, once they are started. */
export type TourRuns = Record<Step, string>;

interface Kept {
  shown: 'new' | 'open' | 'closed';
  runs?: TourRuns;
}

const KEPT = 'roadstead-tour';

function read(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Kept>;
    const shown = kept.shown === 'open' || kept.shown === 'closed' ? kept.shown : 'new';
    const isWhole = STEPS.every((step) => typeof kept.runs?.[step] === 'string');
    return kept.runs && isWhole ? { shown, runs: kept.runs } : { shown };
  } catch {
    return { shown: 'new' };
  }
}

export interface Tour extends Kept {
  show(): void;
  hide(): void;
  began(runs: TourRuns): void;
}

export function useTour(): Tour {
  const [kept, keep] = useState(read);
  function remember(next: Kept): void {
    localStorage.setItem(KEPT, JSON.stringify(next));
    keep(next);
  }
  return {
    ...kept,
    show: () => remember({ shown: 'open' }),
    hide: () => remember({ shown: 'closed' }),
    began: (runs) => remember({ shown: 'open', runs }),
  };
}
