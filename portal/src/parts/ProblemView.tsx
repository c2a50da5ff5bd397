import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { ApiError, problemOf } from '@/api/client';
import type { Problem } from '@/api/types';
import { strings } from '@/strings';
import { terms } from '@/strings/terms';
import { Icon } from './Icon';
import classes from './ProblemView.module.css';

interface Props {
  problem: Problem;
  /** The request's identifier, when it is known. */
  instance?: string | undefined;
  tone?: 'failed' | 'waiting';
  children?: ReactNode;
}

/** What happened, what to do, and the code to look up: never the remote's opaque text alone. */
export function ProblemView({ problem, instance, tone = 'failed', children }: Props) {
  return (
    <div className={classes.problem} data-tone={tone}>
      <span className={classes.icon}>
        <Icon name="warning" size={20} />
      </span>
      <div className={classes.body}>
        <p className={classes.title}>{problem.title}</p>
        <p className={classes.text}>{problem.detail}</p>
        {problem.remedy && <p className={classes.text}>{problem.remedy}</p>}
        {problem.fields && problem.fields.length > 0 && (
          <ul className={classes.fields}>
            {problem.fields.map((field) => (
              <li key={`${field.field} ${field.detail}`}>
                <code>{field.field}</code> {field.detail}
              </li>
            ))}
          </ul>
        )}
        {(problem.code || instance) && (
          <p className={classes.code}>
            {problem.code && <span>{strings.problem.code(problem.code)}</span>}
            {instance && <span>{strings.problem.request(instance)}</span>}
          </p>
        )}
        {problem.code === 'RS-2011' && <Link to="/terms">{terms.read}</Link>}
        {children}
      </div>
    </div>
  );
}

/** For an answer that did not come: `{query.error && <ErrorView error={query.error} retry={query.refetch} />}` */
export function ErrorView({ error, retry }: { error: unknown; retry?: () => unknown }) {
  return (
    <div role="alert">
      <ProblemView problem={problemOf(error)} instance={error instanceof ApiError ? error.instance : undefined}>
        {retry && (
          <Button variant="default" size="xs" mt="xs" onClick={() => void retry()}>
            {strings.actions.retry}
          </Button>
        )}
      </ProblemView>
    </div>
  );
}
