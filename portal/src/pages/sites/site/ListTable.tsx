import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { siteStrings } from '@/strings/site';
import table from '../Table.module.css';
import classes from './Site.module.css';

export interface ColumnOf<T> {
  name: string;
  label: string;
  value(item: T): string | number;
  cell(item: T): ReactNode;
  numeric?: boolean;
}

interface Props<T> {
  label: string;
  items: T[];
  keyOf(item: T): string;
  /** The first names the row. */
  columns: ColumnOf<T>[];
}

/** As many are seen at first: some services have hundreds. */
const FIRST = 30;

/** A short table that is put in order by any of its columns. */
export function ListTable<T>({ label, items, keyOf, columns }: Props<T>) {
  const [order, setOrder] = useState<{ by: string; down: boolean }>();
  const [whole, setWhole] = useState(false);
  const column = columns.find((one) => one.name === order?.by);
  const sorted = column
    ? [...items].sort((a, b) => (order?.down ? -1 : 1) * compare(column.value(a), column.value(b)))
    : items;
  const shown = whole ? sorted : sorted.slice(0, FIRST);
  return (
    <>
      {/* A box that scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className={classes.scroll} tabIndex={0} aria-label={label}>
        <table className={classes.table}>
          <thead>
            <tr>
              {columns.map(({ name, label, numeric }) => {
                const here = order?.by === name;
                return (
                  <th
                    key={name}
                    scope="col"
                    data-numeric={numeric}
                    className={table.heading}
                    aria-sort={here ? (order.down ? 'descending' : 'ascending') : 'none'}
                  >
                    <button
                      type="button"
                      onClick={() => setOrder({ by: name, down: here ? !order.down : numeric === true })}
                    >
                      {label}
                      <span
                        aria-hidden="true"
                        hidden={!here}
                        className={table.direction}
                        data-down={order?.down || undefined}
                      />
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((item) => (
              <tr key={keyOf(item)}>
                {columns.map(({ name, cell, numeric }, index) =>
                  index === 0 ? (
                    <th key={name} scope="row">
                      {cell(item)}
                    </th>
                  ) : (
                    <td key={name} data-numeric={numeric}>
                      {cell(item)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {shown.length < items.length && (
        <Button variant="default" size="xs" mt="xs" onClick={() => setWhole(true)}>
          {siteStrings.rest(items.length - shown.length)}
        </Button>
      )}
    </>
  );
}

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
