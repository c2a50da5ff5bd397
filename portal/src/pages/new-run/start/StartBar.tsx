import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon, type IconName } from '@/parts/Icon';
import { newRunStrings } from '@/strings/new-run';
import classes from './StartBar.module.css';

const s = newRunStrings.start;

export type Readiness =
  | { is: 'ready'; service: string }
  | { is: 'checking' }
  | { is: 'stopped'; why: string }
  | { is: 'starting'; repeating: boolean };

interface Props {
  readiness: Readiness;
  start(): void;
  children?: ReactNode;
}

/** Always in sight: whether it could be started, and if not, why not. */
export function StartBar({ readiness, start, children }: Props) {
  const { text, icon, tone } = said(readiness);
  return (
    <section className={classes.bar} aria-label={s.label}>
      <p role="status" className={classes.said} data-tone={tone}>
        {icon && <Icon name={icon} />}
        {text}
      </p>
      <div className={classes.actions}>
        {children}
        <Button
          size="md"
          leftSection={<Icon name="running" />}
          onClick={start}
          // While it is checked again it can be started: the gateway checks it anyway.
          disabled={readiness.is === 'stopped' || readiness.is === 'starting'}
        >
          {readiness.is === 'starting' ? s.starting : s.start}
        </Button>
      </div>
    </section>
  );
}

function said(readiness: Readiness): { text: string; icon?: IconName; tone: string } {
  switch (readiness.is) {
    case 'ready':
      return { text: s.ready(readiness.service), icon: 'check', tone: 'done' };
    case 'checking':
      return { text: s.checking, tone: 'quiet' };
    case 'starting':
      return { text: readiness.repeating ? s.repeating : s.starting, icon: 'wait', tone: 'active' };
    case 'stopped':
      return { text: readiness.why, icon: 'warning', tone: 'waiting' };
  }
}
