// Searching is the gateway's work: the log may be a gibibyte, and this tab holds a few megabytes of it.
import { useEffect, useRef, useState } from 'react';
import { answered, apiUrl } from '@/api/client';
import type { LogName } from './origin';

export interface Match {
  /** The first byte of what was found. */
  offset: number;
  excerpt: string;
}

interface Matches {
  matches: Match[];
  /** Where to search on; null at the end of what is there. */
  next?: number | null;
  /** Everything before this was searched. */
  searched: number;
}

/** What is searched for: a text, or lines that look like an error. */
export type Wanted = { text: string } | { errors: true };

export interface Search {
  wanted: Wanted | undefined;
  found: Match[];
  /** Which of them is shown; -1 before the first. */
  index: number;
  /** There may be more behind those found. */
  hasMore: boolean;
  isPending: boolean;
  error: unknown;
  start(wanted: Wanted | undefined, from: number): Promise<void>;
  step(by: 1 | -1): Promise<void>;
}

const PAGE = 200;
/** Matches kept in the tab; going on beyond them drops the first. */
const KEPT = 5_000;

interface State {
  wanted: Wanted | undefined;
  found: Match[];
  index: number;
  /** Everything before this was searched. */
  searched: number;
  /** There was more behind it when it was asked. */
  hasMore: boolean;
  isPending: boolean;
  error: unknown;
}

const NOTHING: State = {
  wanted: undefined,
  found: [],
  index: -1,
  searched: 0,
  hasMore: false,
  isPending: false,
  error: undefined,
};

export function useSearch(name: LogName, show: (match: Match) => void): Search {
  const [state, setState] = useState(NOTHING);
  const asked = useRef(new AbortController());
  useEffect(() => () => asked.current.abort(), []);

  /** One answer looks through a part of the log only: asked again until something is found or the end is reached. */
  async function ask(wanted: Wanted, from: number): Promise<Matches> {
    asked.current.abort();
    asked.current = new AbortController();
    const { signal } = asked.current;
    const url = apiUrl(`runs/${name.run}/logs/matches`);
    const { searchParams } = url;
    searchParams.set('element', String(name.element));
    searchParams.set('stream', name.stream);
    if ('text' in wanted) searchParams.set('text', wanted.text);
    else searchParams.set('errors', 'true');
    searchParams.set('limit', String(PAGE));
    for (let at = from; ; ) {
      searchParams.set('from', String(at));
      const response = await answered(fetch(url, { signal }));
      const answer = (await response.json()) as Matches;
      if (answer.matches.length > 0 || typeof answer.next !== 'number') return answer;
      at = answer.next;
    }
  }

  /** Keeps what is already found when it fails. */
  async function attempt(work: () => Promise<State>): Promise<void> {
    setState((now) => ({ ...now, isPending: true, error: undefined }));
    const mine = () => asked.current;
    const before = mine();
    try {
      const next = await work();
      setState(next);
      const match = next.found[next.index];
      if (match !== undefined) show(match);
    } catch (error) {
      // A newer question took its place.
      if (before !== asked.current && asked.current.signal.aborted) return;
      setState((now) => ({ ...now, isPending: false, error }));
    }
  }

  const hasMore = (answer: Matches) => typeof answer.next === 'number';

  return {
    ...state,
    async start(wanted, from) {
      if (wanted === undefined) {
        asked.current.abort();
        setState(NOTHING);
        return;
      }
      await attempt(async () => {
        const here = await ask(wanted, from);
        // Nothing behind the place that is read: then from the beginning.
        const all = here.matches.length === 0 && from > 0 ? await ask(wanted, 0) : here;
        const index = all.matches.length > 0 ? 0 : -1;
        return { ...NOTHING, wanted, found: all.matches, searched: all.searched, hasMore: hasMore(all), index };
      });
    },
    async step(by) {
      const { wanted, found, searched, index } = state;
      if (wanted === undefined || found.length === 0 || index + by < 0) return;
      const quiet = { isPending: false, error: undefined };
      if (index + by < found.length) {
        await attempt(async () => ({ ...state, ...quiet, index: index + by }));
        return;
      }
      await attempt(async () => {
        const more = await ask(wanted, searched);
        if (more.matches.length > 0) {
          const kept = [...found, ...more.matches].slice(-KEPT);
          const next = { found: kept, searched: more.searched, hasMore: hasMore(more) };
          return { ...state, ...quiet, ...next, index: kept.length - more.matches.length };
        }
        // Behind the last of all comes the first again.
        const first = await ask(wanted, 0);
        const next = { found: first.matches, searched: first.searched, hasMore: hasMore(first) };
        return { ...state, ...quiet, ...next, index: first.matches.length > 0 ? 0 : -1 };
      });
    },
  };
}
