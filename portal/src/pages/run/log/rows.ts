// A line as rows of equal height: cut at a number of columns, so that a place in the log is a row and nothing has to be
// measured. Tabs become spaces; wide characters count twice.

import type { Span } from './text';

export type Row = Span[];

const TAB = 8;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;
const SIMPLE = /^[\u0020-\u007e]*$/;

export function columnsOf(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** At least one row; with `columns` infinite, exactly one. */
export function rowsOf(spans: Span[], columns: number): Row[] {
  const rows: Row[] = [];
  let row: Row = [];
  let used = 0;
  const put = (span: Span, text: string, width: number) => {
    if (text === '') return;
    row.push({ ...span, text });
    used += width;
  };
  const wrap = () => {
    rows.push(row);
    row = [];
    used = 0;
  };
  for (const span of spans) {
    if (span.text === '\t') {
      const width = TAB - (used % TAB);
      if (used + width > columns) wrap();
      else put(span, ' '.repeat(width), width);
    } else if (span.mark !== undefined) {
      if (used + span.text.length > columns && used > 0) wrap();
      put(span, span.text, span.text.length);
    } else if (SIMPLE.test(span.text)) {
      let text = span.text;
      while (used + text.length > columns) {
        const fits = columns - used;
        put(span, text.slice(0, fits), fits);
        text = text.slice(fits);
        wrap();
      }
      put(span, text, text.length);
    } else {
      let text = '';
      let width = 0;
      // Marks without end upon one character would paint over their neighbours.
      let stacked = 0;
      for (const character of span.text) {
        const wide = columnsOf(character);
        stacked = wide === 0 ? stacked + 1 : 0;
        if (stacked > 4) continue;
        if (used + width + wide > columns && used + width > 0) {
          put(span, text, width);
          wrap();
          text = '';
          width = 0;
        }
        text += character;
        width += wide;
      }
      put(span, text, width);
    }
  }
  rows.push(row);
  return rows;
}
