import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { Element, RunDetail } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { elementsQuery } from '../queries';
import { Space } from '../Space';
import { plain } from '../visible';
import classes from './Array.module.css';
import type { Word } from './cells';

const ROW = 34;

interface Props {
  run: RunDetail;
  is: Word | undefined;
  chosen: number | undefined;
  onChoose(index: number): void;
}

/** The same elements in words: for those who cannot see the grid, and for those who want to read it. */
export function ElementTable({ run, is, chosen, onChoose }: Props) {
  const query = useInfiniteQuery(elementsQuery(run.id, is));
  const field = useRef<HTMLDivElement>(null);
  const elements = query.data?.pages.flatMap((page) => page.items) ?? [];
  const rows = useVirtualizer({
    count: elements.length,
    getScrollElement: () => field.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (last > elements.length - 40 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, elements.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (query.error && !query.data) return <ErrorView error={query.error} retry={query.refetch} />;
  if (query.isPending) return <Loading />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable with keys
    <section ref={field} className={classes.tableField} tabIndex={0} aria-label={s.array.table}>
      <table className={classes.table} aria-rowcount={is ? -1 : run.elements.total + 1}>
        <thead>
          <tr>
            <th scope="col">{s.array.number}</th>
            <th scope="col">{s.array.state}</th>
            <th scope="col">{s.array.took}</th>
            <th scope="col">{s.array.tries}</th>
            <th scope="col">{s.array.cause}</th>
          </tr>
        </thead>
        <tbody>
          <Space height={items[0]?.start ?? 0} columns={5} />
          {items.map((item) => {
            const element = elements[item.index];
            return (
              element && (
                <tr
                  key={element.index}
                  style={{ height: ROW }}
                  aria-rowindex={item.index + 2}
                  data-chosen={element.index === chosen || undefined}
                >
                  <th scope="row">
                    <button type="button" className={classes.index} onClick={() => onChoose(element.index)}>
                      {s.array.element(element.index)}
                    </button>
                  </th>
                  <td>{s.array.words[wordOf(element)]}</td>
                  <td>{tookOf(element)}</td>
                  <td>{format.number(element.tries)}</td>
                  <td className={classes.causeCell}>{element.cause ? plain(element.cause.detail, 160) : ''}</td>
                </tr>
              )
            );
          })}
          <Space height={rows.getTotalSize() - (items.at(-1)?.end ?? 0)} columns={5} />
        </tbody>
      </table>
      {elements.length === 0 && <p className={classes.soft}>{s.array.none}</p>}
    </section>
  );
}

export const wordOf = (element: Element): Word =>
  element.state === 'ended' ? (element.outcome ?? 'done') : element.state;

export function tookOf(element: Element): string {
  if (!element.started_at) return '';
  const end = element.ended_at ? new Date(element.ended_at) : new Date();
  return format.lasted(end.getTime() - new Date(element.started_at).getTime());
}
