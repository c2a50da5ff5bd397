import type { Attachment, Snapshot } from '@/api/types';
import { obstacle } from '@/strings/places';
import { siteStrings } from '@/strings/site';
import { Shown } from '../../run/Shown';
import classes from './Site.module.css';

const s = siteStrings.reach;

/** The ways in which a machine gets an address, the best first, and what stands in the way of more. */
export function Reach({ reach }: { reach: Snapshot['reach'] }) {
  const untried = reach.untried ?? [];
  const alone = reach.private.filter(({ way }) => way === 'isolated');
  const out = reach.private.filter(({ way }) => way !== 'isolated');
  const spare = reach.spare_addresses ?? [];
  return (
    <div className={classes.reach}>
      <Ways title={s.public} ways={reach.public} none={s.noPublic} />
      {untried.length > 0 && <Ways title={s.untried} ways={untried} />}
      {out.length > 0 && <Ways title={s.private} ways={out} />}
      {alone.length > 0 && <Ways title={s.alone} ways={alone} />}
      {reach.obstacles.length > 0 && (
        <div>
          <h5 className={classes.small}>{s.obstacles}</h5>
          <ul className={classes.ways}>
            {reach.obstacles.map((one) => (
              <li key={JSON.stringify(one)}>
                <Shown text={obstacle(one)} longest={400} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <p className={classes.soft}>
        {s.verdict(reach.confidence)} {spare.length > 0 && s.spare(spare.length)}
      </p>
    </div>
  );
}

function Ways({ title, ways, none }: { title: string; ways: Attachment[]; none?: string }) {
  return (
    <div>
      <h5 className={classes.small}>{title}</h5>
      {ways.length === 0 ? (
        <p className={classes.soft}>{none}</p>
      ) : (
        <ol className={classes.ways}>
          {ways.map((way) => (
            <li key={JSON.stringify(way)}>
              <Shown text={s.way(way)} longest={400} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
