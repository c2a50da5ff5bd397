import { useMediaQuery } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useShortcut } from '@/app/shortcuts';
import { strings } from '@/strings';
import classes from './EndlessTable.module.css';
import { Card } from './Page';

export interface Column<T> {
  id: string;
  label: string;
  /** For columns of which the label would only be noise to who can see. */
  isLabelHidden?: boolean;
  cell(row: T): ReactNode;
  /** On a narrow screen: among the first as it is, below them on a line of its own behind its label, or at the end. */
  narrow: 'first' | 'labelled' | 'last';
}

interface Props<T extends { id: string }> {
  label: string;
  columns: Column<T>[];
  /** Of the grid, where there is room. */
  widths: string;
  rows: T[];
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore(): void;
  end: string;
}

const GUESS = { wide: 45, narrow: 112 };
/** So many rows before the end the next page is fetched. */
const AHEAD = 40;

/** A list without end, of rows as high as what they say. Only those in the window exist; it scrolls with the page. */
export function EndlessTable<T extends { id: string }>(props: Props<T>) {
  const { label, columns, widths, rows, hasMore, isLoadingMore, loadMore, end } = props;
  const place = useRef<HTMLDivElement>(null);
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => setMargin(place.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => (isNarrow ? GUESS.narrow : GUESS.wide),
    overscan: 10,
    scrollMargin: margin,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured for one layout is wrong for the other
  useEffect(() => virtual.measure(), [virtual, isNarrow]);

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && lastShown >= rows.length - AHEAD) loadMore();
  }, [hasMore, isLoadingMore, lastShown, rows.length, loadMore]);

  function step(by: number): void {
    const focused = document.activeElement?.closest('[data-index]')?.getAttribute('data-index');
    const next = Math.max((focused ? Number(focused) : -1) + by, 0);
    if (next >= rows.length) return;
    virtual.scrollToIndex(next);
    // It may come into being only by the scrolling.
    requestAnimationFrame(() => {
      const row = place.current?.querySelector(`[data-index="${next}"]`);
      row?.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true });
    });
  }
  useShortcut('j', strings.rows.next, () => step(1));
  useShortcut('k', strings.rows.previous, () => step(-1));

  return (
    <>
      <Card flush>
        <div
          ref={place}
          role="table"
          aria-label={label}
          aria-rowcount={hasMore ? -1 : rows.length + 1}
          style={{ '--columns': widths } as CSSProperties}
        >
          <div role="rowgroup" className={classes.headGroup}>
            <div role="row" className={classes.head} aria-rowindex={1}>
              {columns.map((column) => (
                <span key={column.id} role="columnheader">
                  <span className={column.isLabelHidden ? classes.unseen : undefined}>{column.label}</span>
                </span>
              ))}
            </div>
          </div>
          <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <div
                  key={item.key}
                  ref={virtual.measureElement}
                  role="row"
                  aria-rowindex={item.index + 2}
                  data-index={item.index}
                  className={classes.row}
                  style={{ transform: `translateY(${item.start - margin}px)` }}
                >
                  {columns.map((column) => (
                    <div key={column.id} role="cell" data-label={column.label} data-narrow={column.narrow}>
                      {column.cell(row)}
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
      </Card>
      <p className={classes.end} role="status">
        {isLoadingMore ? strings.rows.loadingMore : !hasMore && end}
      </p>
    </>
  );
}
