import type { ReactNode } from 'react';
import { Shown } from '../Shown';
import classes from './Provenance.module.css';

/** Names and what they are; those that nothing is known of are left out. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className={classes.facts}>
      {facts
        .filter(([, value]) => value !== '' && value !== undefined && value !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{typeof value === 'string' ? <Shown text={value} longest={300} /> : value}</dd>
          </div>
        ))}
    </dl>
  );
}
