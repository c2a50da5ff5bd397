// Which runs need the person: those that failed and were not set aside, those with trouble, those that wait for
// something that will not come by itself as a matter of course.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Run } from '@/api/types';
import { failedQuery } from './queries';

const KEPT = 'roadstead-set-aside';
/** What was set aside longest ago is forgotten: by then it is not among the newest failures. */
const REMEMBERED = 300;

function readAside(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

/** These come by themselves: predecessors as it was asked for, the quota as other runs end. */
const AS_IT_SHOULD = ['predecessors', 'quota'];
const isStuck = ({ waiting_for: waits }: Run) => Boolean(waits) && !AS_IT_SHOULD.includes(waits?.reason ?? '');

export interface Needs {
  items: Run[];
  ready: boolean;
  error: Error | null;
  /** No run ever failed or needed anything. */
  nothingEver: boolean;
  setAside(run: Run): void;
}

export function useNeeds(active: Run[] | undefined): Needs {
  const failed = useQuery(failedQuery);
  const [aside, keepAside] = useState(readAside);
  const troubled = (active ?? []).filter((run) => run.attention || isStuck(run));
  const known = new Set(troubled.map((run) => run.id));
  const failures = (failed.data?.items ?? []).filter((run) => !known.has(run.id));
  const hidden = new Set(aside);
  return {
    items: [...failures, ...troubled].filter((run) => !hidden.has(run.id)),
    ready: failed.data !== undefined,
    error: failed.error,
    nothingEver: failed.data?.items.length === 0,
    setAside(run) {
      const kept = [run.id, ...readAside().filter((id) => id !== run.id)].slice(0, REMEMBERED);
      localStorage.setItem(KEPT, JSON.stringify(kept));
      keepAside(kept);
    },
  };
}
