import type { Granted } from '@/api/types';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import admins from '../Admin.module.css';
import classes from './Mapping.module.css';
import { Gives } from './RuleTable';

const s = admin.preview;

/** What a token would get, why, and why not more. */
export function GrantedView({ granted, isOld }: { granted: Granted; isOld: boolean }) {
  const { communities, administrator, because, near_misses, ignored } = granted;
  const gets = Object.entries(communities);
  const saysNothing = because.length + near_misses.length + ignored.length === 0;
  return (
    <div className={classes.given} data-old={isOld || undefined}>
      {isOld && <p className={admins.warning}>{s.old}</p>}
      <h3>{s.gets}</h3>
      {gets.length === 0 && !administrator ? (
        <p className={admins.nothing}>
          {s.nothing} {saysNothing && s.saidNothing}
        </p>
      ) : (
        <ul className={classes.gets}>
          {administrator && <li data-strong>{s.administrator}</li>}
          {gets.map(([community, role]) => (
            <li key={community}>{s.in(role, community)}</li>
          ))}
        </ul>
      )}
      {because.length > 0 && (
        <>
          <h3>{s.because}</h3>
          <ul>
            {because.map(({ rule, gives, claim, text }) => (
              <li key={rule}>
                <Gives gives={gives} /> {s.byRule(rule)}{' '}
                <code>
                  <Shown text={text} />
                </code>{' '}
                <span className={admins.small}>{s.inClaim(claim)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {near_misses.length > 0 && (
        <>
          <h3>{s.nearly}</h3>
          <ul>
            {near_misses.map(({ rule, community, text, miss }) => (
              <li key={rule}>
                <strong>{s.nearlyIn(community)}</strong> <Shown text={miss} longest={300} />{' '}
                <span className={admins.small}>
                  {admin.communities.rule(rule)} <Shown text={text} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {ignored.length > 0 && (
        <>
          <h3>{s.ignored}</h3>
          <ul>
            {ignored.map(({ claim, text, why }) => (
              <li key={`${claim} ${text} ${why}`}>
                <code>
                  <Shown text={text} />
                </code>{' '}
                <span className={admins.small}>{s.inClaim(claim)}</span> <Shown text={why} longest={300} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
