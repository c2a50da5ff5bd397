import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Run } from '@/api/types';
import { useShortcut } from '@/app/shortcuts';
import { runs as s } from '@/strings/runs';
import { columns } from './columns';
import { RowActions } from './RowActions';
import classes from './Runs.module.css';

const WIDE_ROW = 44;
const NARROW_ROW = 76;
/** So many rows before the end the next page is fetched. */
const AHEAD = 60;

interface Props {
  runs: Run[];
  hasMore: boolean;
  loadMore(): void;
  narrow: boolean;
  place: RefObject<HTMLDivElement | null>;
}

/** Ten thousand rows of which only those in the window exist. It scrolls with the page. */
export function RunList({ runs, hasMore, loadMore, narrow, place }: Props) {
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => setMargin(place.current?.offsetTop ?? 0), [place]);
  const rowHeight = narrow ? NARROW_ROW : WIDE_ROW;
  const virtual = useWindowVirtualizer({
    count: runs.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: margin,
    getItemKey: (index) => runs[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured for one height is wrong for the other
  useEffect(() => virtual.measure(), [virtual, rowHeight]);

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastShown >= runs.length - AHEAD) loadMore();
  }, [hasMore, lastShown, runs.length, loadMore]);

  // Where the focus is on its way to: keys may come faster than frames.
  const going = useRef<number>(undefined);
  function step(by: number): void {
    const focused = document.activeElement?.closest('[data-index]')?.getAttribute('data-index');
    const from = going.current ?? (focused ? Number(focused) : -1);
    const next = Math.max(from + by, 0);
    if (next >= runs.length) return;
    going.current = next;
    virtual.scrollToIndex(next);
    // It may come into being only by the scrolling.
    requestAnimationFrame(() => {
      place.current?.querySelector<HTMLElement>(`[data-index="${next}"] [data-run]`)?.focus({ preventScroll: true });
      going.current = undefined;
    });
  }
  useShortcut('j', s.next, () => step(1));
  useShortcut('k', s.previous, () => step(-1));

  return (
    <div ref={place} role="table" aria-label={s.title} aria-rowcount={hasMore ? -1 : runs.length + 1}>
      <div role="rowgroup" className={classes.headGroup}>
        <div role="row" className={classes.head} aria-rowindex={1}>
          {columns.map((column) => (
            <span key={column.id} role="columnheader" data-column={column.id}>
              {s.columns[column.id]}
            </span>
          ))}
          <span role="columnheader" data-column="actions">
            <span className={classes.unseen}>{s.actions}</span>
          </span>
        </div>
      </div>
      <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const run = runs[item.index];
          if (!run) return null;
          return (
            <div
              key={item.key}
              role="row"
              aria-rowindex={item.index + 2}
              data-index={item.index}
              className={classes.row}
              style={{ height: rowHeight, transform: `translateY(${item.start - margin}px)` }}
            >
              {columns.map((column) => (
                <span key={column.id} role="cell" data-column={column.id}>
                  {column.cell(run)}
                </span>
              ))}
              <span role="cell" data-column="actions">
                <RowActions run={run} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
