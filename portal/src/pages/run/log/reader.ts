// What part of a log is on screen. The place is a line (by its first byte) and a row in it, never a distance in pixels:
// nothing depends on what lies above it, so nothing jumps when more of the log becomes known, and a log of a gibibyte
// needs no element of a height that browsers cannot do.

import { BLOCK, continues, endOf, type Source, startOf } from './lines';
import { type Row, rowsOf } from './rows';
import { type Span, spansOf } from './text';

/** Shown of a line before somebody asks for the rest. */
const SHOWN = 4 * 1024;
const REMEMBERED = 400;

export interface ShownRow {
  key: string;
  /** The line it belongs to, by its first byte. */
  line: number;
  spans: Row;
  /** Bytes of the line that are not shown; on its last row. */
  cut?: number;
  /** The first row of a line that goes on from the piece above. */
  continued?: boolean;
  /** The first row of a line that overwrote itself. */
  overwritten?: boolean;
}

interface Place {
  line: number;
  row: number;
}

interface Line {
  end: number;
  rows: Row[];
  cut: number;
  continued: boolean;
  overwritten: boolean;
}

export interface Bytes extends Source {
  bytes(from: number, to: number): Uint8Array;
}

export class Reader {
  readonly #source: Bytes;
  #columns = 80;
  #height = 40;
  #top: Place = { line: 0, row: 0 };
  /** Pixels, in units of a row, that the top row is scrolled off. */
  #part = 0;
  #sticks = false;
  /** Where to go as soon as the bytes are here. */
  #pending: { offset: number; above: number } | 'end' | undefined;
  readonly #open = new Set<number>();
  readonly #lines = new Map<number, Line>();

  constructor(source: Bytes) {
    this.#source = source;
  }

  /** Whether the end is on screen and stays there when the log grows. */
  get sticks(): boolean {
    return this.#sticks;
  }

  get part(): number {
    return this.#part;
  }

  get offset(): number {
    if (this.#pending === 'end') return this.#source.size;
    return this.#pending?.offset ?? this.#top.line;
  }

  get isPending(): boolean {
    return this.#pending !== undefined;
  }

  get isAtStart(): boolean {
    return this.#pending === undefined && this.#top.line === 0 && this.#top.row === 0 && this.#part === 0;
  }

  /** The bytes that should be here for what is on screen and a little around it. */
  get wanted(): [number, number] {
    const around = 4 * BLOCK;
    const at = this.offset;
    return [Math.max(0, at - around), at + 2 * around];
  }

  resize(columns: number, height: number): void {
    if (columns !== this.#columns) this.#lines.clear();
    this.#columns = columns;
    this.#height = height;
    this.settle();
  }

  open(line: number): void {
    this.#open.add(line);
    this.#lines.delete(line);
  }

  /** The line with the byte at `offset`, with `above` rows of context over it. */
  goTo(offset: number, above = 0): void {
    this.#sticks = false;
    this.#pending = { offset: Math.max(0, Math.min(offset, this.#source.size - 1)), above };
    this.settle();
  }

  goToEnd(): void {
    this.#sticks = true;
    this.#pending = 'end';
    this.settle();
  }

  /** Stay where it is, whatever is written. */
  stay(): void {
    this.#sticks = false;
  }

  scroll(rows: number): void {
    if (this.#pending !== undefined) {
      if (this.#pending === 'end' || rows === 0) return;
      this.#pending = undefined;
    }
    let place = this.#part + rows;
    while (place >= 1) {
      const next = this.#after(this.#top);
      if (next === undefined) break;
      this.#top = next;
      place -= 1;
    }
    while (place < 0) {
      const before = this.#before(this.#top);
      if (before === undefined) break;
      this.#top = before;
      place += 1;
    }
    this.#part = Math.max(0, Math.min(place, 0.999));
    if (rows < 0) this.#sticks = false;
    this.#clamp();
  }

  /** Again after bytes arrived, the log grew or the window changed. */
  settle(): void {
    if (this.#pending === 'end' || (this.#pending === undefined && this.#sticks)) {
      const end = this.#endPlace();
      if (end === undefined) this.#pending = 'end';
      else {
        this.#top = end;
        this.#part = 0;
        this.#pending = undefined;
      }
      return;
    }
    if (this.#pending !== undefined) {
      const { offset, above } = this.#pending;
      const line = this.#source.size === 0 ? 0 : startOf(this.#source, offset);
      if (line === undefined || (this.#source.size > 0 && this.#line(line) === undefined)) return;
      this.#pending = undefined;
      this.#top = { line, row: 0 };
      this.#part = 0;
      for (let i = 0; i < above; i++) this.#top = this.#before(this.#top) ?? this.#top;
      this.#clamp();
      return;
    }
    const rows = this.#line(this.#top.line)?.rows.length;
    if (rows !== undefined && this.#top.row >= rows) this.#top = { ...this.#top, row: rows - 1 };
  }

  /** The rows on screen, from the top. */
  rows(): ShownRow[] {
    const rows: ShownRow[] = [];
    let { line, row } = this.#top;
    while (rows.length < this.#height + 2 && line < this.#source.size) {
      const read = this.#line(line);
      if (read === undefined) break;
      for (; row < read.rows.length && rows.length < this.#height + 2; row++) {
        const shown: ShownRow = { key: `${line}.${row}`, line, spans: read.rows[row] ?? [] };
        if (read.cut > 0 && row === read.rows.length - 1) shown.cut = read.cut;
        if (read.continued && row === 0) shown.continued = true;
        if (read.overwritten && row === 0) shown.overwritten = true;
        rows.push(shown);
      }
      line = read.end;
      row = 0;
    }
    return rows;
  }

  #after(place: Place): Place | undefined {
    const line = this.#line(place.line);
    if (line === undefined) return undefined;
    if (place.row + 1 < line.rows.length) return { line: place.line, row: place.row + 1 };
    if (line.end >= this.#source.size) return undefined;
    return { line: line.end, row: 0 };
  }

  #before(place: Place): Place | undefined {
    if (place.row > 0) return { line: place.line, row: place.row - 1 };
    if (place.line === 0) return undefined;
    const start = startOf(this.#source, place.line - 1);
    if (start === undefined) return undefined;
    const line = this.#line(start);
    return line && { line: start, row: line.rows.length - 1 };
  }

  /** The place from which the rows to the end just fill the window. */
  #endPlace(): Place | undefined {
    if (this.#source.size === 0) return { line: 0, row: 0 };
    const last = startOf(this.#source, this.#source.size - 1);
    if (last === undefined) return undefined;
    const line = this.#line(last);
    if (line === undefined) return undefined;
    let place: Place = { line: last, row: line.rows.length - 1 };
    for (let i = 1; i < this.#height; i++) {
      const before = this.#before(place);
      if (before === undefined) {
        if (place.line === 0 && place.row === 0) break;
        return undefined;
      }
      place = before;
    }
    return place;
  }

  /** Not beyond the end: the last row stays at the bottom. Being there means to stick there. */
  #clamp(): void {
    let place: Place | undefined = this.#top;
    for (let i = 0; i < this.#height; i++) {
      place = place && this.#after(place);
      if (place === undefined) break;
    }
    if (place !== undefined || !this.#knowsEnd()) return;
    const end = this.#endPlace();
    if (end === undefined) return;
    this.#top = end;
    this.#part = 0;
    this.#sticks = true;
  }

  #knowsEnd(): boolean {
    const size = this.#source.size;
    return size === 0 || this.#source.view(size - 1, size) !== undefined;
  }

  #line(start: number): Line | undefined {
    const known = this.#lines.get(start);
    if (known !== undefined) return known;
    if (start >= this.#source.size) return undefined;
    const end = endOf(this.#source, start);
    if (end === undefined) return undefined;
    const opened = this.#open.has(start);
    const shown = opened ? end : Math.min(end, start + SHOWN);
    const bytes = this.#source.bytes(start, shown);
    if (bytes.length < shown - start) return undefined;
    const spans: Span[] = spansOf(bytes, opened);
    const line = {
      end,
      rows: rowsOf(spans, this.#columns),
      cut: end - shown,
      continued: continues(this.#source, start),
      overwritten: spans[0]?.mark === 'overwritten',
    };
    // The last line may grow until its newline is there.
    if (end < this.#source.size || this.#endsThere(end)) this.#lines.set(start, line);
    if (this.#lines.size > REMEMBERED) {
      const oldest = this.#lines.keys().next().value;
      if (oldest !== undefined) this.#lines.delete(oldest);
    }
    return line;
  }

  #endsThere(end: number): boolean {
    return this.#source.view(end - 1, end)?.[0] === 10;
  }
}
