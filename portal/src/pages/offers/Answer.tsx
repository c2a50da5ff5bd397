import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { RelativeTime } from '@/parts/RelativeTime';
import { offersStrings as s } from '@/strings/offers';
import { Nothing } from './Nothing';
import classes from './Offers.module.css';
import { isJob, OffersTable } from './OffersTable';
import type { Found } from './useOffers';
import { WhyNot } from './WhyNot';
import { newMachineOf, newRunOf, type Wish } from './wish';

interface AnswerProps {
  found: Found;
  wish: Wish;
  setWish(wish: Wish): void;
  /** On a page where something is asked for already, nothing leads to another. */
  leads?: boolean;
}

/** The offers, and beside them why there are no others. */
export function Answer({ found, wish, setWish, leads = true }: AnswerProps) {
  const { plan, changing, looking, projectName } = found;
  if (!plan) return null;
  const hasOffers = plan.offers.length > 0;
  const jobs = plan.offers.some(isJob);
  const machines = plan.offers.some((offer) => !isJob(offer));
  return (
    <div className={classes.answer} data-changing={changing || undefined}>
      <div className={classes.found}>
        <div className={classes.top}>
          <p className={classes.count} role="status">
            {hasOffers ? s.found(plan.offers.length, plan.offers_total ?? plan.offers.length) : s.foundNone}
          </p>
          <span className={classes.soft}>
            {s.checked} <RelativeTime at={plan.created_at} />
          </span>
          {leads && (
            <span className={classes.newRun}>
              {jobs && (
                <Button component={Link} to={newRunOf(wish)} variant="default" size="xs">
                  {s.newRun}
                </Button>
              )}
              {machines && (
                <Button component={Link} to={newMachineOf(wish)} variant="default" size="xs">
                  {s.newMachine}
                </Button>
              )}
            </span>
          )}
        </div>
        {hasOffers ? (
          <OffersTable plan={plan} busy={changing} projectName={projectName} wish={wish} setWish={setWish} />
        ) : (
          <Nothing plan={plan} wish={wish} looking={looking.length > 0} setWish={setWish} />
        )}
      </div>
      <WhyNot plan={plan} projectName={projectName} />
    </div>
  );
}
