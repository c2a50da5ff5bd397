import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import classes from './Array.module.css';
import { cellAt, cellsOf, type Layout, layoutOf, moved, type Overview, WORDS } from './cells';
import { useColours } from './useColours';

const HIGHEST = 420;
/** Elements between two marks for the eye, when cells are large enough for a gap. */
const GAP_FROM = 9;

interface Props {
  overview: Overview;
  chosen: number | undefined;
  /** Those of one cause; the others step back. */
  lit: ReadonlySet<number> | undefined;
  onChoose(index: number): void;
}

/** All elements at once, one cell each: drawn, since ten thousand elements of a page would be felt with every change. */
export function ElementGrid({ overview, chosen, lit, onChoose }: Props) {
  const { ref, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cursor, setCursor] = useState(chosen ?? 0);
  const [hovered, setHovered] = useState<number>();
  const colours = useColours();
  const { total } = overview;
  const cells = useMemo(() => cellsOf(overview), [overview]);
  const layout = useMemo(() => layoutOf(total, Math.max(width, 60), HIGHEST), [total, width]);
  const height = layout.rows * layout.pitch;

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.ceil(layout.columns * layout.pitch * ratio);
    element.height = Math.ceil(height * ratio);
    context.scale(ratio, ratio);
    draw(context, cells, layout, colours.states, lit);
  }, [cells, layout, height, width, colours, lit]);

  const shownCell = hovered ?? cursor;
  const wordOf = (index: number) => WORDS[cells[index] ?? 0] ?? 'queued';

  function at(event: PointerEvent): number | undefined {
    const place = event.currentTarget.getBoundingClientRect();
    return cellAt(layout, total, event.clientX - place.left, event.clientY - place.top);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onChoose(cursor);
      return;
    }
    const next = moved(cursor, event.key, layout, total);
    if (next === undefined) return;
    event.preventDefault();
    setHovered(undefined);
    setCursor(next);
  }

  return (
    <div>
      <div className={classes.gridField} ref={ref}>
        {/* A slider in the sense of screen readers: one value among many, changed with arrow keys, said in words. */}
        <div
          className={classes.grid}
          style={{ width: layout.columns * layout.pitch, height }}
          role="slider"
          tabIndex={0}
          aria-label={s.array.grid}
          aria-valuemin={0}
          aria-valuemax={total - 1}
          aria-valuenow={cursor}
          aria-valuetext={s.array.cell(cursor, s.array.words[wordOf(cursor)])}
          onKeyDown={onKeyDown}
          onPointerMove={(event) => setHovered(at(event))}
          onPointerLeave={() => setHovered(undefined)}
          onClick={(event) => {
            const index = at(event as unknown as PointerEvent);
            if (index === undefined) return;
            setCursor(index);
            onChoose(index);
          }}
        >
          <canvas ref={canvas} className={classes.canvas} />
          <Frame index={cursor} layout={layout} kind="cursor" />
          {chosen !== undefined && <Frame index={chosen} layout={layout} kind="chosen" />}
        </div>
      </div>
      <p className={classes.said} aria-hidden="true">
        {s.array.cell(shownCell, s.array.words[wordOf(shownCell)])}
        <span className={classes.soft}> {s.array.of(format.number(total))}</span>
      </p>
    </div>
  );
}

function Frame({ index, layout, kind }: { index: number; layout: Layout; kind: 'cursor' | 'chosen' }) {
  const { columns, pitch } = layout;
  const place = {
    left: (index % columns) * pitch - 2,
    top: Math.floor(index / columns) * pitch - 2,
    width: pitch + 3,
    height: pitch + 3,
  };
  return <span className={classes.frame} data-kind={kind} style={place} aria-hidden="true" />;
}

/** Colour after colour, so that the pen changes eight times and not ten thousand. */
function draw(
  context: CanvasRenderingContext2D,
  cells: Uint8Array,
  { columns, pitch }: Layout,
  colours: readonly string[],
  lit: ReadonlySet<number> | undefined,
): void {
  const side = pitch >= GAP_FROM ? pitch - 2 : pitch - 1;
  colours.forEach((colour, word) => {
    context.fillStyle = colour;
    for (const isLit of lit ? [true, false] : [true]) {
      context.globalAlpha = isLit ? 1 : 0.22;
      for (let index = 0; index < cells.length; index++) {
        if (cells[index] !== word || (lit && lit.has(index) !== isLit)) continue;
        const [x, y] = [(index % columns) * pitch, Math.floor(index / columns) * pitch];
        context.fillRect(x, y, side, side);
        // A notch, so that what failed is told from what went well without colour.
        if (WORDS[word] === 'failed') context.clearRect(x + side * 0.35, y + side * 0.35, side * 0.3, side * 0.3);
      }
    }
  });
  context.globalAlpha = 1;
}
