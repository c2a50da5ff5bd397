import type { ReactNode } from 'react';
import { home } from '@/api/client';
import type { Problem } from '@/api/types';
import { ProblemView } from '@/parts/ProblemView';
import { runStrings as s } from '@/strings/run';
import { Shown } from './Shown';
import classes from './Trouble.module.css';
import { plain } from './visible';

const LONGEST = 1_200;
const MOST = 20_000;

interface Props {
  problem: Problem;
  tone?: 'failed' | 'waiting';
  children?: ReactNode;
}

/** A problem of a run. Its words may quote names and paths that somebody else chose. */
export function Trouble({ problem, tone = 'failed', children }: Props) {
  const { code } = problem;
  // "… last lines of stderr:" and these lines.
  const [detail = '', ...lines] = problem.detail.slice(0, MOST).split('\n');
  const harmless = {
    ...problem,
    title: plain(problem.title),
    detail: plain(detail, LONGEST),
    remedy: plain(problem.remedy, LONGEST),
  };
  return (
    <ProblemView problem={harmless} tone={tone}>
      {lines.length > 0 && (
        <pre className={classes.lines}>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
            <div key={index}>
              <Shown text={line.trimEnd()} longest={400} />
            </div>
          ))}
        </pre>
      )}
      {code && (
        <a className={classes.about} href={new URL(`docs/errors/${code}`, home).href} target="_blank" rel="noreferrer">
          {s.aboutError(code)}
        </a>
      )}
      {children}
    </ProblemView>
  );
}
