// How a run stands, in the one order that matters to a person: an end before a waiting before a state.
import type { Run } from '@/api/types';
import { strings } from '@/strings';
import type { IconName } from './Icon';

export type Tone = 'active' | 'done' | 'failed' | 'waiting' | 'quiet';

export interface Status {
  label: string;
  tone: Tone;
  icon: IconName;
}

const TONE_OF_OUTCOME = { done: 'done', failed: 'failed', cancelled: 'quiet' } as const;
const ICON_OF_OUTCOME = { done: 'check', failed: 'cross', cancelled: 'stop' } as const;
const ICON_OF_STATE = {
  planned: 'planned',
  provisioning: 'planned',
  staging: 'down',
  running: 'running',
  collecting: 'up',
  releasing: 'broom',
  ended: 'check',
} as const;

export function statusOf(run: Pick<Run, 'state' | 'outcome' | 'waiting_for' | 'cancelling'>): Status {
  if (run.outcome) {
    return {
      label: strings.outcome[run.outcome],
      tone: TONE_OF_OUTCOME[run.outcome],
      icon: ICON_OF_OUTCOME[run.outcome],
    };
  }
  if (run.cancelling) return { label: strings.cancelling, tone: 'quiet', icon: 'stop' };
  if (run.waiting_for) return { label: strings.waiting[run.waiting_for.reason], tone: 'waiting', icon: 'wait' };
  const tone = run.state === 'planned' ? 'quiet' : 'active';
  return { label: strings.state[run.state], tone, icon: ICON_OF_STATE[run.state] };
}
