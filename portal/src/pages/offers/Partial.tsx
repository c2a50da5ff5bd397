import { Fragment } from 'react';
import { Link } from 'wouter';
import { Icon } from '@/parts/Icon';
import { offersStrings as s } from '@/strings/offers';
import { Shown } from '../run/Shown';
import { siteAddress } from '../sites/SitesTable';
import classes from './Offers.module.css';
import type { Placed } from './useOffers';

/** As many are named. */
const NAMED = 5;

/** What of the federation is not in the answer: nothing is left out in silence. */
export function Partial({ looking, silent }: { looking: Placed[]; silent: Placed[] }) {
  return (
    <div role="status">
      {looking.length > 0 && (
        <p className={classes.partial}>
          <Icon name="search" size={14} />
          <span>
            {s.looking(looking.length)} <Names of={looking} />
            {s.lookingMore}
          </span>
        </p>
      )}
      {silent.length > 0 && (
        <p className={classes.partial} data-tone="waiting">
          <Icon name="warning" size={14} />
          <span>
            {s.silent(silent.length)} <Names of={silent} />
            {s.silentMore}
          </span>
        </p>
      )}
    </div>
  );
}

function Names({ of }: { of: Placed[] }) {
  const more = of.length - NAMED;
  return (
    <>
      {of.slice(0, NAMED).map(({ site, service }, index) => (
        <Fragment key={service}>
          {index > 0 && ', '}
          <Link to={siteAddress(site)}>
            <Shown text={service} />
          </Link>
        </Fragment>
      ))}
      {more > 0 && ` ${s.andMore(more)}`}
    </>
  );
}
