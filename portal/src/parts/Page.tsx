import { type ReactNode, useEffect, useRef } from 'react';
import { strings } from '@/strings';
import classes from './Page.module.css';

let opened = 0;

interface Props {
  /** Names the page, also in the browser's tab and history. */
  title: string;
  /** What stands in the heading, when it is more than the title. */
  heading?: ReactNode;
  /** Beside the heading: the page's main actions. */
  actions?: ReactNode;
  children: ReactNode;
}

/** Every page's outside: the heading, which takes the focus when one comes here from another page. */
export function Page({ title, heading, actions, children }: Props) {
  const ref = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = strings.title(title);
  }, [title]);
  useEffect(() => {
    // Not at the first load: there the browser's own beginning is right.
    if (opened > 0) ref.current?.focus({ preventScroll: true });
    opened += 1;
  }, []);
  return (
    <div className={classes.page}>
      <div className={classes.top}>
        <h1 ref={ref} tabIndex={-1} className={classes.heading}>
          {heading ?? title}
        </h1>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** A part of a page under its own heading. */
export function Section({ title, aside, children }: { title: ReactNode; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <div className={classes.sectionTop}>
        <h2 className={classes.sectionTitle}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A surface on the ground. */
export function Card({ children, flush = false }: { children: ReactNode; flush?: boolean }) {
  return (
    <div className={classes.card} data-flush={flush || undefined}>
      {children}
    </div>
  );
}

/** Nothing is there yet: what would be, and what to do next. */
export function Empty({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>{title}</p>
      <p className={classes.emptyText}>{text}</p>
      {children && <div className={classes.emptyActions}>{children}</div>}
    </div>
  );
}
