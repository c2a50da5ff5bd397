// Text from outside, made harmless to read: what would be invisible or would reorder its surroundings becomes a mark
// that can be seen. Nothing here makes markup; whoever shows the pieces shows them as text.

export interface Piece {
  text: string;
  /** What stands behind a mark: `U+202E`. Absent for ordinary text. */
  mark?: string;
}

// Controls, lone surrogates, separators of lines, and all that is to be ignored when displayed (zero-width and bidi
// controls, fillers, tags), but for the selectors that pictures are made with.
const HIDDEN = /(?!\p{Variation_Selector})[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;

// By name: few fonts have the pictures that stand for them.
const CONTROLS =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

/** How one hidden character is shown. */
export function markOf(codePoint: number): Piece {
  const mark = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  const name = codePoint === 0x7f ? 'DEL' : CONTROLS[codePoint];
  if (name !== undefined) return { text: `⟨${name}⟩`, mark };
  return { text: `⟨${mark.slice(2)}⟩`, mark };
}

/** The text in pieces, in order. */
export function reveal(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > from) pieces.push({ text: text.slice(from, found.index) });
    pieces.push(markOf(found[0].codePointAt(0) ?? 0));
    from = found.index + found[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}

/** The same as one string, for titles and labels, cut to a length that no layout or screen reader suffers from. */
export function plain(text: string, longest = 200): string {
  const shown = reveal(text.length > longest * 2 ? text.slice(0, longest * 2) : text)
    .map((piece) => piece.text)
    .join('');
  return shown.length > longest ? `${shown.slice(0, longest - 1)}…` : shown;
}
