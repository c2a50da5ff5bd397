import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { WORDS } from './cells';

const NAMES: Record<(typeof WORDS)[number], string> = {
  queued: '--line-strong',
  leased: '--accent-soft',
  staging: '--accent-soft',
  running: '--state-active',
  collecting: '--state-active',
  done: '--state-done',
  failed: '--state-failed',
  cancelled: '--state-quiet',
};

/** The theme's colours as a canvas wants them: resolved, for the scheme that is on. */
export function useColours(): { states: string[] } {
  const scheme = useComputedColorScheme('light');
  return useMemo(() => {
    const probe = document.createElement('span');
    document.body.append(probe);
    const states = WORDS.map((word) => {
      const name = NAMES[word];
      probe.style.color =
        name === '--accent-soft' ? 'color-mix(in srgb, var(--state-active) 55%, var(--surface))' : `var(${name})`;
      return getComputedStyle(probe).color;
    });
    probe.remove();
    return { states, scheme };
  }, [scheme]);
}
