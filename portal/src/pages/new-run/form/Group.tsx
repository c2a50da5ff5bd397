import type { ReactNode } from 'react';
import classes from './Form.module.css';

/** Fields that belong together, under a heading. */
export function Group({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.group} aria-label={title}>
      <div className={classes.groupTop}>
        <h2 className={classes.groupTitle}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
