// The one event stream of this tab. The browser's own reconnecting gives up on any answer that is not 200 and waits
// as long as it likes, so each connection lives once and the next one is made here, after the last number seen.
import { apiUrl } from '@/api/client';
import type { Event } from '@/api/types';

export interface Listener {
  /** Events in order, several at once when they come quickly. */
  onEvents(events: Event[]): void;
  /** Connected from now on: what happened before is unknown. */
  onGap(): void;
  onState(connected: boolean): void;
  /** Not connected: find out whether that is because nobody is signed in. */
  onTrouble(): void;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** Events are handed on together: a thousand elements that end at once are one change of the page. */
const GATHERING = 120;

/** Starts it; the returned function ends it. */
export function openStream(listener: Listener): () => void {
  let source: EventSource | undefined;
  let last: string | undefined;
  let pause = FIRST_PAUSE;
  let timer: number | undefined;
  let gathered: Event[] = [];
  let gathering: number | undefined;

  function handOn(): void {
    gathering = undefined;
    const events = gathered;
    gathered = [];
    listener.onEvents(events);
  }

  function connect(): void {
    const url = apiUrl('events');
    if (last !== undefined) url.searchParams.set('after', last);
    const current = new EventSource(url);
    source = current;
    current.onopen = () => {
      pause = FIRST_PAUSE;
      listener.onState(true);
      if (last === undefined) listener.onGap();
    };
    current.onmessage = (message: MessageEvent<string>) => {
      last = message.lastEventId;
      gathered.push(JSON.parse(message.data) as Event);
      gathering ??= window.setTimeout(handOn, GATHERING);
    };
    current.onerror = () => {
      current.close();
      listener.onState(false);
      listener.onTrouble();
      // Spread out, so that a gateway that comes back is not met by all tabs at once.
      timer = window.setTimeout(connect, pause * (0.75 + Math.random() / 2));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
  }

  function hurry(): void {
    if (document.visibilityState !== 'visible' || source?.readyState !== EventSource.CLOSED) return;
    window.clearTimeout(timer);
    pause = FIRST_PAUSE;
    connect();
  }

  connect();
  document.addEventListener('visibilitychange', hurry);
  window.addEventListener('online', hurry);
  return () => {
    source?.close();
    window.clearTimeout(timer);
    window.clearTimeout(gathering);
    document.removeEventListener('visibilitychange', hurry);
    window.removeEventListener('online', hurry);
  };
}
