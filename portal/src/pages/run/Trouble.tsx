import type { ReactNode } from 'react';
import { home } from '@/api/client';
import type { Problem } from '@/api/types';
import { ProblemView } from '@/parts/ProblemView';
import { runStrings as s } from '@/strings/run';
import { plain } from './visible';

const LONGEST = 1_200;

interface Props {
  problem: Problem;
  tone?: 'failed' | 'waiting';
  children?: ReactNode;
}

/** A problem of a run. Its words may quote names and paths that somebody else chose. */
export function Trouble({ problem, tone = 'failed', children }: Props) {
  const { code } = problem;
  const harmless = {
    ...problem,
    title: plain(problem.title),
    detail: plain(problem.detail, LONGEST),
    remedy: plain(problem.remedy, LONGEST),
  };
  return (
    <ProblemView problem={harmless} tone={tone}>
      {code && (
        <a href={new URL(`docs/errors/${code}`, home).href} target="_blank" rel="noreferrer">
          {s.aboutError(code)}
        </a>
      )}
      {children}
    </ProblemView>
  );
}
