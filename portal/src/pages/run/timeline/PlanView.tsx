import { Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Offer, Rejection, RunDetail } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { ofSizes } from '@/strings/places';
import { runStrings as s } from '@/strings/run';
import { planQuery } from '../queries';
import { Shown } from '../Shown';
import classes from './Timeline.module.css';

/** Why it is where it is: what was offered, what was chosen, and why the rest was not. */
export function PlanView({ run }: { run: RunDetail }) {
  const plan = useQuery(planQuery(run.id));
  return (
    <section aria-label={s.plan.title}>
      <div className={classes.top}>
        <h2>{s.plan.title}</h2>
      </div>
      {plan.isPending && <Loading />}
      {plan.error && <ErrorView error={plan.error} retry={plan.refetch} />}
      {plan.data && (
        <>
          {plan.data.offers.length === 0 && <p>{s.plan.noOffers}</p>}
          {plan.data.offers.map((offer) => (
            <OfferView
              key={`${offer.service} ${offer.project} ${offer.size.name}`}
              offer={offer}
              isChosen={offer.service === run.service}
            />
          ))}
          {plan.data.rejections.length > 0 && <h3 className={classes.heading}>{s.plan.rejected}</h3>}
          {plan.data.rejections.map((rejection) => (
            <RejectionView key={`${rejection.service} ${rejection.project}`} rejection={rejection} />
          ))}
          {plan.data.counterfactuals.length > 0 && (
            <ul className={classes.reasons}>
              {plan.data.counterfactuals.map((one) => (
                <li key={one.change}>{s.plan.without(one.change, one.services)}</li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}

function OfferView({ offer, isChosen }: { offer: Offer; isChosen: boolean }) {
  return (
    <div className={classes.offer} data-chosen={isChosen || undefined}>
      <p className={classes.offerName}>
        <strong>
          <Shown text={offer.service} />
        </strong>{' '}
        <span className={classes.soft}>
          <Shown text={offer.site} />
        </span>
        {isChosen && <span className={classes.chosen}>{s.plan.chosen}</span>}
      </p>
      <p className={classes.soft}>{s.plan.size(offer.size)}</p>
      {offer.terms.length > 0 && (
        <Table className={classes.terms} withRowBorders={false} verticalSpacing={2}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{s.plan.term}</Table.Th>
              <Table.Th>{s.plan.points}</Table.Th>
              <Table.Th>{s.plan.why}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {offer.terms.map((term) => (
              <Table.Tr key={term.name}>
                <Table.Td>
                  <Shown text={term.name} />
                </Table.Td>
                <Table.Td>{s.plan.score(term.points)}</Table.Td>
                <Table.Td>
                  <Shown text={term.detail} />
                </Table.Td>
              </Table.Tr>
            ))}
            <Table.Tr>
              <Table.Td>{s.plan.sum}</Table.Td>
              <Table.Td>
                <strong>{s.plan.score(offer.score)}</strong>
              </Table.Td>
              <Table.Td />
            </Table.Tr>
          </Table.Tbody>
        </Table>
      )}
    </div>
  );
}

function RejectionView({ rejection }: { rejection: Rejection }) {
  return (
    <div className={classes.offer}>
      <p className={classes.offerName}>
        <Shown text={rejection.service} />{' '}
        <span className={classes.soft}>
          <Shown text={rejection.site} />
        </span>
      </p>
      <ul className={classes.reasons}>
        {rejection.reasons.map((reason) => (
          <li key={JSON.stringify(reason)}>
            <Shown text={s.plan.reason(reason) + ofSizes(reason.sizes, rejection.of)} longest={400} />
          </li>
        ))}
      </ul>
    </div>
  );
}
