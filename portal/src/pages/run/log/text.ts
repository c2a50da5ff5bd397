// Bytes of a log as spans of text with a look. Of the escape sequences of terminals only colours and weights are
// followed, within one line; erasing is dropped; every other sequence is shown as a mark. Colours are named, so that the
// theme decides what they look like and no text can be hidden in its own background.

import { markOf, reveal } from '../visible';

export interface Span {
  text: string;
  /** Names of looks: `red bold`. Empty for plain text. */
  look: string;
  /** What a mark stands for; absent for text of the log. */
  mark?: string;
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;
type Colour = (typeof COLOURS)[number];

interface Style {
  colour: Colour | undefined;
  ground: Colour | undefined;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
}

const PLAIN: Style = {
  colour: undefined,
  ground: undefined,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

// CSI with its final byte; OSC, DCS, SOS, PM and APC with their text; any other escape with its one byte.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPE = /\u001b(?:\[([0-?]*)[ -/]*([@-~])|[\]PX^_][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;

/** The spans of one line without its newline. `everything` shows what a carriage return overwrote, too. */
export function spansOf(bytes: Uint8Array, everything: boolean): Span[] {
  let text = decoder
    .decode(bytes)
    .replace(/\r?\n$/, '')
    .replace(/\r+$/, '');
  const spans: Span[] = [];
  if (!everything) {
    const overwritten = text.lastIndexOf('\r');
    if (overwritten !== -1) {
      // As a terminal would show a progress bar, and with a sign that there was more.
      spans.push({ text: '↺ ', look: 'mark', mark: 'overwritten' });
      text = text.slice(overwritten + 1);
    }
  }
  let style = PLAIN;
  let from = 0;
  for (const found of text.matchAll(ESCAPE)) {
    plainSpans(text.slice(from, found.index), style, spans);
    from = found.index + found[0].length;
    if (found[2] === 'm') style = applied(style, found[1] ?? '');
    else if (found[2] !== 'K' && found[2] !== 'J') {
      spans.push({ text: markOf(0x1b).text, look: 'mark', mark: escapeName(found[0]) });
    }
  }
  plainSpans(text.slice(from), style, spans);
  return spans;
}

function escapeName(sequence: string): string {
  return `ESC ${sequence
    .slice(1, 60)
    .split('')
    .map((one) => reveal(one)[0]?.text ?? '')
    .join('')}`;
}

function plainSpans(text: string, style: Style, into: Span[]): void {
  if (text === '') return;
  const look = lookOf(style);
  let at = 0;
  const tabs = /[\t\ufffd]/g;
  for (const found of text.matchAll(tabs)) {
    pieces(text.slice(at, found.index), look, into);
    if (found[0] === '\t') into.push({ text: '\t', look });
    else into.push({ text: '\ufffd', look: 'mark', mark: 'not UTF-8' });
    at = found.index + 1;
  }
  pieces(text.slice(at), look, into);
}

function pieces(text: string, look: string, into: Span[]): void {
  for (const piece of reveal(text)) {
    into.push(
      piece.mark === undefined ? { text: piece.text, look } : { text: piece.text, look: 'mark', mark: piece.mark },
    );
  }
}

function lookOf(style: Style): string {
  const words: string[] = [];
  // A ground says more than the colour on it ("white on red"): it becomes the colour of an inverted text.
  const inverse = style.inverse !== (style.ground !== undefined);
  const colour = style.ground ?? style.colour;
  if (colour !== undefined) words.push(colour);
  if (inverse) words.push('inverse');
  if (style.bold) words.push('bold');
  if (style.dim) words.push('dim');
  if (style.italic) words.push('italic');
  if (style.underline) words.push('underline');
  return words.join(' ');
}

function applied(style: Style, parameters: string): Style {
  let now = { ...style };
  const numbers = parameters
    .split(/[;:]/)
    .slice(0, 32)
    .map((part) => (part === '' ? 0 : Number(part)));
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] ?? 0;
    if (number === 0) now = { ...PLAIN };
    else if (number === 1) now.bold = true;
    else if (number === 2) now.dim = true;
    else if (number === 3) now.italic = true;
    else if (number === 4) now.underline = true;
    else if (number === 7) now.inverse = true;
    else if (number === 22) now.bold = now.dim = false;
    else if (number === 23) now.italic = false;
    else if (number === 24) now.underline = false;
    else if (number === 27) now.inverse = false;
    else if (number === 39) now.colour = undefined;
    else if (number === 49) now.ground = undefined;
    else if (number === 38 || number === 48) {
      const { colour, used } = extended(numbers.slice(i + 1));
      if (number === 38) now.colour = colour;
      else now.ground = colour;
      i += used;
    } else if (number >= 30 && number <= 37) now.colour = COLOURS[number - 30];
    else if (number >= 90 && number <= 97) now.colour = COLOURS[number - 90];
    else if (number >= 40 && number <= 47) now.ground = COLOURS[number - 40];
    else if (number >= 100 && number <= 107) now.ground = COLOURS[number - 100];
  }
  return now;
}

/** `5;n` or `2;r;g;b`: the nearest colour that has a name. */
function extended(rest: number[]): { colour: Colour | undefined; used: number } {
  if (rest[0] === 2) return { colour: nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0), used: 4 };
  if (rest[0] !== 5) return { colour: undefined, used: 0 };
  const n = rest[1] ?? 0;
  if (n < 16) return { colour: COLOURS[n % 8], used: 2 };
  if (n >= 232) return { colour: undefined, used: 2 };
  const cube = n - 16;
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  return { colour: nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)), used: 2 };
}

function nearest(red: number, green: number, blue: number): Colour | undefined {
  const most = Math.max(red, green, blue);
  // Greys carry no meaning that is worth the risk of being unreadable.
  if (most - Math.min(red, green, blue) < 32) return undefined;
  const bit = (part: number) => (part > most * 0.6 ? 1 : 0);
  return COLOURS[bit(red) + 2 * bit(green) + 4 * bit(blue)];
}
