import { Icon } from '@/parts/Icon';
import { offersStrings } from '@/strings/offers';
import classes from './OnlyHere.module.css';

const s = offersStrings.only;

interface Props {
  /** The offer's, in words. */
  place: string;
  /** It is the only place that is asked for. */
  isOnly: boolean;
  /** Asks for this place alone, or not any more. */
  pick(): void;
}

export function OnlyHere({ place, isOnly, pick }: Props) {
  return (
    <button
      type="button"
      className={classes.only}
      aria-pressed={isOnly}
      aria-label={s.here(place)}
      title={isOnly ? s.anywhere : s.why}
      onClick={pick}
    >
      {s.short}
      {isOnly && <Icon name="cross" size={12} />}
    </button>
  );
}
