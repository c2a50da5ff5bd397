import { useSyncExternalStore } from 'react';
import { format } from '@/strings';

// One clock for the page: all times on it change together, twice a minute, and only while somebody looks.
let now = new Date();
const listeners = new Set<() => void>();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    if (document.visibilityState !== 'visible') return;
    now = new Date();
    for (const one of listeners) one();
  }, 30_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time of the page's clock. */
export const useNow = (): Date => useSyncExternalStore(subscribe, () => now);

/** "3 min ago"; the exact moment when pointed at, and for programs. */
export function RelativeTime({ at }: { at: string }) {
  const clock = useNow();
  // What just happened may be newer than the last tick.
  const then = new Date(at);
  return (
    <time dateTime={at} title={format.moment(at)}>
      {format.ago(then, then > clock ? new Date() : clock)}
    </time>
  );
}
