import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { LogRow } from './LogRow';
import classes from './LogView.module.css';
import type { LogModel } from './model';
import { PlaceBar } from './PlaceBar';

/** Height of a row; LogView.module.css says the same. */
export const ROW = 20;
/** The height that is scrolled through: far from what browsers can do, and wide enough to scroll for a while. */
const FIELD = 1_000_000;
const IDLE = 140;

interface Props {
  model: LogModel;
  label: string;
  wrap: boolean;
  needle?: string | undefined;
  /** The line that was searched for, by its first byte. */
  current?: number | undefined;
}

/**
 * The rows on screen, in a place that stays still while a long empty field is scrolled under it. Scrolling is the
 * browser's own, with its wheel, touch, keys and inertia; how far it went is handed to the reader, which knows the log.
 */
export function LogView({ model, label, wrap, needle, current }: Props) {
  const field = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const last = useRef(0);
  const idle = useRef<number>(undefined);
  const [height, setHeight] = useState(ROW);
  const { reader } = model;

  useEffect(() => {
    const element = field.current;
    const letters = probe.current;
    if (element === null || letters === null) return;
    const measure = () => {
      const letter = letters.getBoundingClientRect().width / 100;
      // One to spare: fonts that stand in for missing letters are not exactly as wide.
      const columns = Math.max(20, Math.floor((element.clientWidth - 24) / (letter || 8)) - 1);
      setHeight(element.clientHeight);
      reader.resize(wrap ? columns : Number.POSITIVE_INFINITY, Math.max(1, Math.floor(element.clientHeight / ROW)));
      model.moved();
    };
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [model, reader, wrap]);

  const rows = reader.rows();
  const fits = reader.isAtStart && rows.length * ROW <= height;

  /** Puts the field where it can be scrolled both ways, and at its end where the log ends: there the page scrolls on. */
  function settle(): void {
    const element = field.current;
    if (element === null) return;
    const most = element.scrollHeight - element.clientHeight;
    const wanted = reader.isAtStart ? 0 : reader.sticks ? most : Math.round(most / 2);
    if (Math.abs(element.scrollTop - wanted) < 1) return;
    element.scrollTop = wanted;
    last.current = element.scrollTop;
  }

  useEffect(() => {
    // Only while nobody scrolls: a smooth movement would be cut off.
    if (idle.current === undefined) settle();
  });

  function onScroll(): void {
    const element = field.current;
    if (element === null) return;
    const delta = element.scrollTop - last.current;
    last.current = element.scrollTop;
    if (delta === 0) return;
    reader.scroll(delta / ROW);
    model.moved();
    window.clearTimeout(idle.current);
    idle.current = window.setTimeout(() => {
      idle.current = undefined;
      settle();
    }, IDLE);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget || event.altKey || event.metaKey) return;
    if (event.key === 'Home') reader.goTo(0);
    else if (event.key === 'End') reader.goToEnd();
    else return;
    event.preventDefault();
    model.moved();
    settle();
  }

  return (
    <div className={classes.view}>
      <span ref={probe} className={classes.probe} aria-hidden="true">
        {'0'.repeat(100)}
      </span>
      <section
        ref={field}
        className={classes.field}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable with keys
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: fits ? '100%' : FIELD }}>
          <div className={classes.still} style={{ height }} data-wrap={wrap}>
            <div className={classes.rows} style={{ transform: `translateY(${-reader.part * ROW}px)` }}>
              {rows.map((row) => (
                <LogRow
                  key={row.key}
                  row={row}
                  needle={needle}
                  isCurrent={row.line === current}
                  onOpen={() => {
                    reader.open(row.line);
                    model.moved();
                  }}
                />
              ))}
              {rows.length === 0 && <Nothing model={model} />}
            </div>
          </div>
        </div>
      </section>
      <PlaceBar model={model} />
    </div>
  );
}

function Nothing({ model }: { model: LogModel }) {
  if (model.error !== undefined) return <ErrorView error={model.error} />;
  if (model.extent === undefined || model.chunks.size > 0) return <Loading />;
  return <p className={classes.empty}>{model.extent.complete ? s.log.empty : s.log.notYet}</p>;
}

/** Where one is, in words: the bar beside it is for pointers only. */
export function placeOf(model: LogModel): string {
  const { size } = model.chunks;
  if (size === 0) return '';
  const part = model.reader.sticks ? 1 : Math.min(1, model.reader.offset / size);
  return s.log.place(Math.round(part * 100), format.bytes(size));
}
