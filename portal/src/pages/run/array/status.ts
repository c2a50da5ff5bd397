import type { Element } from '@/api/types';
import { type Status, statusOf } from '@/parts/status';
import { runStrings as s } from '@/strings/run';
import { wordOf } from './ElementTable';

/** An element in the signs and colours of runs, in its own words. */
export function statusOfElement(element: Element): Status {
  const label = s.array.words[wordOf(element)];
  if (element.state === 'ended') return { ...statusOf({ state: 'ended', outcome: element.outcome ?? 'done' }), label };
  const state = element.state === 'queued' ? 'planned' : element.state === 'leased' ? 'provisioning' : element.state;
  return { ...statusOf({ state }), label };
}
