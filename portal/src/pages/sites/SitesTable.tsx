import { Link } from 'wouter';
import { RelativeTime, useNow } from '@/parts/RelativeTime';
import { format } from '@/strings';
import { sitesStrings } from '@/strings/sites';
import { plain } from '../run/visible';
import { Downtime } from './Downtime';
import { ForYou } from './ForYou';
import { Headroom } from './Headroom';
import { ProblemMark } from './Problems';
import { COLUMNS, type Column, isDownFirst, type Order, type Row } from './rows';
import classes from './Table.module.css';

const s = sitesStrings.table;

interface Props {
  rows: Row[];
  order: Order;
  setOrder(order: Order): void;
}

export const siteAddress = (name: string): string => `/sites/${encodeURIComponent(name)}`;

export function SitesTable({ rows, order, setOrder }: Props) {
  return (
    // A box that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className={classes.scroll} tabIndex={0} aria-label={s.label}>
      <table className={classes.table}>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <Heading key={column} column={column} order={order} setOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <SiteRow key={row.key} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Heading({ column, order, setOrder }: { column: Column } & Omit<Props, 'rows'>) {
  const here = order.by === column;
  const down = here ? !order.down : isDownFirst(column);
  return (
    <th
      scope="col"
      data-column={column}
      aria-sort={here ? (order.down ? 'descending' : 'ascending') : 'none'}
      className={classes.heading}
    >
      <button type="button" onClick={() => setOrder({ by: column, down })}>
        {s.columns[column]}
        <span aria-hidden="true" className={classes.direction} data-down={order.down || undefined} hidden={!here} />
      </button>
    </th>
  );
}

function SiteRow({ row }: { row: Row }) {
  const now = useNow();
  const { site, service } = row;
  const count = (value: number | undefined) => (value === undefined ? undefined : format.number(value));
  return (
    <tr>
      <th scope="row" data-column="site">
        <span className={classes.site}>
          <Link to={siteAddress(site.name)} title={plain(site.published?.title ?? site.description)}>
            <bdi>{plain(site.name, 60)}</bdi>
          </Link>
          <ProblemMark site={site.name} problems={site.published?.problems ?? []} />
        </span>
      </th>
      <td data-column="service" title={service && plain(service)}>
        <bdi>{service && plain(service, 60)}</bdi>
      </td>
      <td data-column="stand">
        <ForYou row={row} />
      </td>
      <Cell column="sizes">{count(row.sizes)}</Cell>
      <Cell column="accelerators" title={row.accelerators ? s.atMost(row.accelerators) : undefined}>
        {count(row.accelerators)}
      </Cell>
      <Cell column="images">{count(row.images)}</Cell>
      <Cell column="public" title={row.public && s.publicHint[row.public]}>
        {row.public && (
          <span className={classes.chance} data-chance={row.public}>
            {s.public[row.public]}
          </span>
        )}
      </Cell>
      <Cell column="quota" title={row.projects > 1 ? s.bestOf(row.projects) : undefined}>
        {row.quotas && <Headroom quotas={row.quotas} />}
      </Cell>
      <Cell column="seen">{row.seenAt && <RelativeTime at={row.seenAt} />}</Cell>
      <Cell column="downtime">{row.downtime && <Downtime downtime={row.downtime} now={now} />}</Cell>
      <Cell column="country">{site.published?.country && <bdi>{plain(site.published.country, 40)}</bdi>}</Cell>
    </tr>
  );
}

interface CellProps {
  column: Column;
  title?: string | undefined;
  children: React.ReactNode;
}

/** What is not known is empty to the eye; the label is for narrow screens, where there are no headings. */
function Cell({ column, title, children }: CellProps) {
  const empty = children === undefined || children === null || children === '' || children === false;
  return (
    <td data-column={column} data-label={s.columns[column]} data-empty={empty || undefined} title={title}>
      {children}
    </td>
  );
}
