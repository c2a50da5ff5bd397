import { type PointerEvent, useRef } from 'react';
import classes from './LogView.module.css';
import type { LogModel } from './model';

const SMALLEST = 24;

/**
 * Where in the whole log the screen is, for pointers: pulled, it goes anywhere in a gibibyte at once. Keys and screen
 * readers have the log itself, which scrolls, and the words below it.
 */
export function PlaceBar({ model }: { model: LogModel }) {
  const bar = useRef<HTMLDivElement>(null);
  const { reader, chunks } = model;
  const all = chunks.size;
  if (all === 0 || (reader.isAtStart && reader.sticks)) return <div className={classes.bar} aria-hidden="true" />;
  const part = reader.sticks ? 1 : Math.min(1, reader.offset / all);

  function pull(event: PointerEvent): void {
    const place = bar.current?.getBoundingClientRect();
    if (!place || (event.buttons & 1) === 0) return;
    const wanted = (event.clientY - place.top - SMALLEST / 2) / Math.max(1, place.height - SMALLEST);
    if (wanted >= 1) reader.goToEnd();
    else reader.goTo(Math.floor(Math.max(0, wanted) * all));
    model.moved();
  }

  return (
    <div
      ref={bar}
      className={classes.bar}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        pull(event);
      }}
      onPointerMove={pull}
    >
      <div className={classes.thumb} style={{ top: `calc(${part} * (100% - ${SMALLEST}px))`, height: SMALLEST }} />
    </div>
  );
}
