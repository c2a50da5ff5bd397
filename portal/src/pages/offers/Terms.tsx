import type { Offer } from '@/api/types';
import { placementStrings } from '@/strings/new-run';
import { offersStrings } from '@/strings/offers';
import { siteStrings } from '@/strings/site';
import { Shown } from '../run/Shown';
import classes from './Table.module.css';

const s = offersStrings.table;

/** Why an offer stands where it stands, and what would be started. */
export function Terms({ offer }: { offer: Offer }) {
  const { terms, attachment, image } = offer;
  return (
    <div className={classes.terms}>
      <table aria-label={s.terms}>
        <tbody>
          {terms.map((term) => (
            <tr key={term.name}>
              <th scope="row">{placementStrings.term[term.name] ?? term.name}</th>
              <td data-numeric>{points(term.points)}</td>
              <td>
                <Shown text={term.detail} longest={300} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {(attachment || image) && (
        <dl>
          {image && (
            <div>
              <dt>{s.columns.image}</dt>
              <dd>
                <Shown text={s.image(image.name, image.login_user)} longest={300} />
              </dd>
            </div>
          )}
          {attachment && (
            <div>
              <dt>{s.way}</dt>
              <dd>
                <Shown text={siteStrings.reach.way(attachment)} longest={400} />
              </dd>
            </div>
          )}
        </dl>
      )}
    </div>
  );
}

/** A tenth of a point can decide. */
const points = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(1)}`;
