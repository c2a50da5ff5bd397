import { Button } from '@mantine/core';
import type { Plan } from '@/api/types';
import { Empty } from '@/parts/Page';
import { offersStrings } from '@/strings/offers';
import { bytesText } from '../new-run/plan/reason';
import classes from './Offers.module.css';
import { changed, type Wish } from './wish';

const s = offersStrings.none;

interface Props {
  plan: Plan;
  wish: Wish;
  looking: boolean;
  setWish(wish: Wish): void;
}

/** No offers: what one change would open, to be made at once. */
export function Nothing({ plan, wish, looking, setWish }: Props) {
  const { counterfactuals, rejections } = plan;
  if (counterfactuals.length === 0 && looking) return <Empty title={s.looking} text={s.lookingText} />;
  if (rejections.length === 0) return <Empty title={s.noPlaces} text={s.noPlacesText} />;
  return (
    <Empty title={s.title} text={counterfactuals.length > 0 ? s.text : s.nothing}>
      {counterfactuals.length > 0 && (
        <ul className={classes.changes} aria-label={s.otherwise}>
          {counterfactuals.map(({ change, instead, services }) => {
            const next = instead ? changed(wish, instead) : undefined;
            const said = instead ? s.change(instead, bytesText) : change;
            return (
              <li key={change}>
                {next ? (
                  <Button variant="default" onClick={() => setWish(next)}>
                    {said}
                    <span className={classes.opens}>{s.services(services)}</span>
                  </Button>
                ) : (
                  <span className={classes.soft}>{s.opens(said, services)}</span>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Empty>
  );
}
