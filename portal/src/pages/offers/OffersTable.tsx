import { Button } from '@mantine/core';
import { Fragment, useState } from 'react';
import { Link } from 'wouter';
import type { Offer, Plan } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { format } from '@/strings';
import { offersStrings } from '@/strings/offers';
import { bytesText } from '../new-run/plan/reason';
import { Shown } from '../run/Shown';
import { plain } from '../run/visible';
import { bytesOf } from '../sites/busyness';
import { siteAddress } from '../sites/SitesTable';
import { OnlyHere } from './OnlyHere';
import classes from './Table.module.css';
import { Terms } from './Terms';
import { anywhere, isAtSeveral, isOnlyAt, onlyAt, type Wish } from './wish';

const s = offersStrings.table;
/** As many are seen at first. */
const FIRST = 25;

const COLUMNS = ['place', 'size', 'cores', 'memory', 'disk', 'accelerators', 'image', 'address', 'score'] as const;
type Column = (typeof COLUMNS)[number];
const NUMBERS: readonly Column[] = ['cores', 'memory', 'disk', 'score'];

/** Jobs have neither image nor address, and few sizes have accelerators: what no offer has takes no room. */
function isEmpty(offers: Offer[], column: Column): boolean {
  switch (column) {
    case 'accelerators':
      return offers.every(({ size }) => size.accelerators === 0);
    case 'image':
      return offers.every(isJob);
    case 'address':
      return offers.every(({ attachment }) => !attachment);
    default:
      return false;
  }
}

export const isJob = ({ image, attachment }: Offer): boolean => !image && !attachment;

const keyOf = ({ service, project, size }: Offer): string => `${service} ${project ?? ''} ${size.id ?? size.name}`;

interface Props {
  plan: Plan;
  busy: boolean;
  projectName(id: string): string;
  wish: Wish;
  setWish(wish: Wish): void;
}

/** Ranked by the gateway; there is no other order, since the rank is what counts. */
export function OffersTable({ plan, busy, projectName, wish, setWish }: Props) {
  const [whole, setWhole] = useState(false);
  const [open, setOpen] = useState<string>();
  const columns = COLUMNS.filter((column) => !isEmpty(plan.offers, column));
  const shown = whole ? plan.offers : plan.offers.slice(0, FIRST);
  const hasPlaces = isAtSeveral(plan);
  return (
    <>
      {/* A box that scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className={classes.scroll} tabIndex={0} aria-label={s.label} aria-busy={busy}>
        <table className={classes.table}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col" data-numeric={NUMBERS.includes(column)}>
                  {s.columns[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((offer, index) => {
              const key = keyOf(offer);
              const isOpen = open === key;
              const isOnly = isOnlyAt(wish, offer);
              return (
                <Fragment key={key}>
                  <OfferRow
                    offer={offer}
                    rank={index + 1}
                    columns={columns}
                    project={offer.community ?? (offer.project == null ? '' : projectName(offer.project))}
                    isOpen={isOpen}
                    toggle={() => setOpen(isOpen ? undefined : key)}
                    isOnly={isOnly}
                    pick={
                      isOnly || hasPlaces ? () => setWish(isOnly ? anywhere(wish) : onlyAt(wish, offer)) : undefined
                    }
                  />
                  {isOpen && (
                    <tr className={classes.more}>
                      <td colSpan={columns.length}>
                        <Terms offer={offer} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </section>
      {shown.length < plan.offers.length && (
        <Button variant="default" size="xs" mt="xs" onClick={() => setWhole(true)}>
          {s.more(plan.offers.length - shown.length)}
        </Button>
      )}
    </>
  );
}

interface RowProps {
  offer: Offer;
  rank: number;
  columns: Column[];
  project: string;
  isOpen: boolean;
  toggle(): void;
  /** It is the only place that is wished for. */
  isOnly: boolean;
  /** Wishes for this place alone, or not any more; not there where there is no other. */
  pick: (() => void) | undefined;
}

function OfferRow({ offer, rank, columns, project, isOpen, toggle, isOnly, pick }: RowProps) {
  const { size, image, attachment } = offer;
  const where = [offer.service === offer.site ? '' : offer.service, project].filter(Boolean);
  const cell = (column: Column) => ({ 'data-column': column, 'data-label': s.columns[column] });
  return (
    <tr data-open={isOpen || undefined}>
      <th scope="row" data-column="place">
        <Link to={siteAddress(offer.site)}>
          <Shown text={offer.site} />
        </Link>
        {rank === 1 && <span className={classes.best}>{s.best}</span>}
        {where.length > 0 && (
          <span className={classes.soft}>
            <Shown text={where.join(', ')} />
          </span>
        )}
        {pick && <OnlyHere place={plain([offer.site, ...where].join(', '), 120)} isOnly={isOnly} pick={pick} />}
      </th>
      <td {...cell('size')}>
        <Shown text={size.name} />
        {size.divisible && <span className={classes.soft}>{s.part}</span>}
      </td>
      <td {...cell('cores')} data-numeric>
        {format.number(size.cores)}
      </td>
      <td {...cell('memory')} data-numeric>
        {bytesText(size.memory)}
      </td>
      <td {...cell('disk')} data-numeric>
        {bytesText(size.disk)}
        {size.from_volume && <span className={classes.soft}>{s.fromVolume}</span>}
      </td>
      {columns.includes('accelerators') && (
        <td {...cell('accelerators')} data-empty={size.accelerators === 0 || undefined}>
          {size.accelerators > 0 && <Shown text={acceleratorText(offer)} />}
        </td>
      )}
      {columns.includes('image') && (
        <td {...cell('image')}>
          {isJob(offer) ? (
            <span className={classes.soft}>{s.job}</span>
          ) : (
            image && <Shown text={image.system ? s.system(image.system.name, image.system.version) : image.name} />
          )}
        </td>
      )}
      {columns.includes('address') && (
        <td {...cell('address')} data-empty={!attachment || undefined}>
          {attachment && <Shown text={s.address(attachment)} />}
        </td>
      )}
      <td data-column="score" data-numeric>
        <button
          type="button"
          className={classes.score}
          aria-expanded={isOpen}
          aria-label={s.why(rank, offer.score)}
          onClick={toggle}
        >
          {s.score(offer.score)}
          <Icon name="chevron" size={14} />
        </button>
      </td>
    </tr>
  );
}

function acceleratorText({ size }: Offer): string {
  const { vendor, model, memory } = size.accelerator ?? {};
  const what = [vendor, model].filter(Boolean).join(' ');
  return s.accelerators(size.accelerators, what, memory ? bytesOf(memory) : undefined);
}
