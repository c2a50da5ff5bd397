import type { ReactNode } from 'react';
import type { Offer, Plan } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { placementStrings as s } from '@/strings/new-run';
import { ofSizes } from '@/strings/places';
import { OnlyHere } from '../../offers/OnlyHere';
import { isAtSeveral } from '../../offers/wish';
import { plain } from '../../run/visible';
import classes from './PlanView.module.css';
import { bytesText, reasonText } from './reason';

interface Props {
  plan: Plan;
  busy?: boolean;
  /** Whether its place is the only one that is asked for. */
  isOnly(offer: Offer): boolean;
  /** Asks for its place alone, or not any more; not there while nothing can be changed. */
  pick: ((offer: Offer) => void) | undefined;
}

/** Offers in their order, each with why it stands there; beside them what cannot take it, and why. */
export function PlanView({ plan, busy = false, isOnly, pick }: Props) {
  const nothing = plan.offers.length === 0;
  // Of places that have offers too, what is no offer is of little interest.
  const rejected = plan.rejections.filter(({ sizes = 0, of = 0 }) => sizes >= of);
  const more = (plan.offers_total ?? 0) - plan.offers.length;
  return (
    <div className={classes.plan} aria-busy={busy}>
      {nothing && (
        <p className={classes.nothing}>
          <Icon name="warning" />
          {plan.rejections.length === 0 ? s.noServices : s.nothing}
        </p>
      )}
      {plan.counterfactuals.length > 0 && (
        <div className={classes.otherwise}>
          <h3 className={classes.small}>{s.otherwise}</h3>
          <ul>
            {plan.counterfactuals.map(({ change, services }) => (
              <li key={change}>{s.counterfactual(change, services)}</li>
            ))}
          </ul>
        </div>
      )}
      {!nothing && (
        <ol className={classes.offers}>
          {plan.offers.map((offer, i) => (
            <OfferRow key={keyOf(offer)} offer={offer} best={i === 0}>
              {pick && (isOnly(offer) || isAtSeveral(plan)) && (
                <OnlyHere place={placeOf(offer)} isOnly={isOnly(offer)} pick={() => pick(offer)} />
              )}
            </OfferRow>
          ))}
        </ol>
      )}
      {more > 0 && <p className={classes.site}>{s.more(more)}</p>}
      {rejected.length > 0 && (
        <div>
          <h3 className={classes.small}>{s.rejected}</h3>
          <ul className={classes.rejections}>
            {rejected.map((rejection) => (
              <li key={`${rejection.service} ${rejection.project ?? ''}`}>
                <p className={classes.service}>
                  <bdi>{rejection.service}</bdi> <span className={classes.site}>{s.at(rejection.site)}</span>
                </p>
                <ul className={classes.reasons}>
                  {rejection.reasons.map((reason) => (
                    <li key={JSON.stringify(reason)}>
                      {reasonText(reason)}
                      {ofSizes(reason.sizes, rejection.of)}
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function keyOf({ service, project, size }: Offer): string {
  return `${service} ${project ?? ''} ${size.id ?? size.name}`;
}

const placeOf = ({ service, site, community }: Offer): string =>
  plain([service, site, community].filter((name, i, all) => name && all.indexOf(name) === i).join(', '), 120);

function OfferRow({ offer, best, children }: { offer: Offer; best: boolean; children: ReactNode }) {
  const { size } = offer;
  return (
    <li className={classes.offer} data-best={best || undefined}>
      <div className={classes.top}>
        <p className={classes.service}>
          <bdi>{offer.service}</bdi> <span className={classes.site}>{s.at(offer.site)}</span>
          {best && <span className={classes.best}>{s.best}</span>}
        </p>
        <span className={classes.score}>{s.score(offer.score)}</span>
      </div>
      <p className={classes.size}>
        {s.size(size.cores, bytesText(size.memory), bytesText(size.disk), size.accelerators)}
      </p>
      {children}
      <details className={classes.why} open={best}>
        <summary>{s.why}</summary>
        <dl>
          {offer.terms.map((term) => (
            <div key={term.name}>
              <dt>{s.term[term.name] ?? term.name}</dt>
              <dd className={classes.points}>{s.points(term.points)}</dd>
              <dd>{term.detail}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}
