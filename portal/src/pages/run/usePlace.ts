// What of the run is looked at, kept in the address: a link to it shows the same. In the query and not in the path, so
// that going from one part to another does not open a page anew.
import { useEffect, useState } from 'react';
import { useLocation, useParams, useSearchParams } from 'wouter';
import type { RunDetail } from '@/api/types';
import type { Stream } from './log/origin';

export const TABS = ['elements', 'timeline', 'log', 'outputs', 'provenance'] as const;
export type Tab = (typeof TABS)[number];

export interface Place {
  tab: Tab;
  element: number | undefined;
  stream: Stream | undefined;
  /** A byte of the log to begin at. */
  at: number | undefined;
  /** `ELEMENT/PATH` of an output. */
  file: string | undefined;
  /** Changes parts of it; `undefined` takes one away. */
  go(change: Partial<Record<'tab' | 'element' | 'stream' | 'at' | 'file', string | undefined>>): void;
}

export function usePlace(run: RunDetail): Place {
  const [search, setSearch] = useSearchParams();
  const [first] = useState(() => firstTab(run));
  useElementLink(run.id);
  const tab = TABS.find((one) => one === search.get('tab')) ?? first;
  const stream = search.get('stream');
  return {
    tab: tab === 'elements' && run.elements.total === 1 ? 'timeline' : tab,
    element: whole(search.get('element'), run.elements.total - 1),
    stream: stream === 'stdout' || stream === 'stderr' ? stream : undefined,
    at: whole(search.get('at'), Number.MAX_SAFE_INTEGER),
    file: search.get('file') ?? undefined,
    go(change) {
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          for (const [name, value] of Object.entries(change)) {
            if (value === undefined) next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        // Tabs and elements are places to come back to; what is chosen within them is not.
        { replace: !('tab' in change) && !('element' in change) },
      );
    },
  };
}

/** What one most likely came for. Decided once: a run that ends does not take the log away from its reader. */
function firstTab(run: RunDetail): Tab {
  if (run.elements.total > 1) return 'elements';
  if (run.outcome === 'done') return 'outputs';
  return run.outcome === 'failed' || run.state === 'running' || run.state === 'collecting' ? 'log' : 'timeline';
}

/** `/runs/ID/elements/7` leads to the element too. */
function useElementLink(id: string): void {
  const rest = useParams()['*'];
  const [, navigate] = useLocation();
  useEffect(() => {
    const index = /^elements\/(\d{1,9})$/.exec(rest ?? '')?.[1];
    if (index !== undefined) navigate(`/runs/${id}?tab=elements&element=${index}`, { replace: true });
  }, [rest, id, navigate]);
}

function whole(text: string | null, most: number): number | undefined {
  if (text === null || !/^\d{1,16}$/.test(text)) return undefined;
  return Math.min(Number(text), most);
}
