// The elements of an array as one byte each, from the run-length encoded overview; and where a pointer or a key lands in
// the grid that is drawn of them.

export const WORDS = ['queued', 'leased', 'staging', 'running', 'collecting', 'done', 'failed', 'cancelled'] as const;
export type Word = (typeof WORDS)[number];

export interface Overview {
  total: number;
  states: [string, number][];
}

/** One index into `WORDS` for each element. */
export function cellsOf({ total, states }: Overview): Uint8Array {
  const cells = new Uint8Array(total);
  let at = 0;
  for (const [word, count] of states) {
    cells.fill(Math.max(0, WORDS.indexOf(word as Word)), at, at + count);
    at += count;
  }
  return cells;
}

/** How many elements are in each state, in the order of `WORDS`, without those that nothing is in. */
export function countsOf({ states }: Overview): [Word, number][] {
  const counts = new Map<string, number>();
  for (const [word, count] of states) counts.set(word, (counts.get(word) ?? 0) + count);
  return WORDS.flatMap((word) => {
    const count = counts.get(word) ?? 0;
    return count > 0 ? [[word, count] as [Word, number]] : [];
  });
}

export interface Layout {
  columns: number;
  rows: number;
  /** Side of a cell with its gap, in CSS pixels. */
  pitch: number;
}

const LARGEST = 22;
const SMALLEST = 6;

/** Cells as large as the place allows: the whole array is seen at once when it can be, and never a cell too small to hit. */
export function layoutOf(total: number, width: number, height: number): Layout {
  for (let pitch = LARGEST; pitch > SMALLEST; pitch--) {
    const columns = Math.max(1, Math.floor(width / pitch));
    const rows = Math.ceil(total / columns);
    if (rows * pitch <= height) return { columns, rows, pitch };
  }
  const columns = Math.max(1, Math.floor(width / SMALLEST));
  return { columns, rows: Math.ceil(total / columns), pitch: SMALLEST };
}

export function cellAt(layout: Layout, total: number, x: number, y: number): number | undefined {
  const column = Math.floor(x / layout.pitch);
  if (column < 0 || column >= layout.columns || y < 0) return undefined;
  const index = Math.floor(y / layout.pitch) * layout.columns + column;
  return index < total ? index : undefined;
}

/** Where the cursor goes with a key; undefined for keys that mean nothing here. */
export function moved(index: number, key: string, layout: Layout, total: number): number | undefined {
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -layout.columns,
    ArrowDown: layout.columns,
    PageUp: -layout.columns * 10,
    PageDown: layout.columns * 10,
  };
  if (key === 'Home') return 0;
  if (key === 'End') return total - 1;
  const step = steps[key];
  if (step === undefined) return undefined;
  const next = index + step;
  // Up and down stay in their column at the edges, instead of running to a corner.
  if (next < 0) return Math.abs(step) === 1 ? 0 : index % layout.columns;
  if (next >= total) return Math.abs(step) === 1 ? total - 1 : index;
  return next;
}

/** The next element in one of these states, going round. */
export function nextIn(cells: Uint8Array, from: number, words: readonly Word[]): number | undefined {
  const wanted = new Set(words.map((word) => WORDS.indexOf(word)));
  for (let i = 1; i <= cells.length; i++) {
    const index = (from + i) % cells.length;
    if (wanted.has(cells[index] ?? -1)) return index;
  }
  return undefined;
}

/** Whether an element ended for this cause: the gateway counts causes as one that differ only in numbers. */
export function isCauseOf(group: { code: string; cause: string }, problem: { code: string; detail: string }): boolean {
  const withoutNumbers = (text: string) => text.replace(/#?[0-9]+/g, '#');
  return group.code === problem.code && withoutNumbers(group.cause) === withoutNumbers(problem.detail);
}
