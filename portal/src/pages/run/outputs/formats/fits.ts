// FITS, as far as a preview needs it: the headers of all extensions, and one plane of an image. Read in parts through
// `Read`, so that a header of a few kilobytes is all that is fetched of a cube of many gigabytes.

export type Read = (from: number, length: number) => Promise<Uint8Array>;

export interface Card {
  key: string;
  /** As it stands there, for strings without the quotes. Empty for comments. */
  value: string;
  comment: string;
}

export interface Hdu {
  index: number;
  name: string;
  kind: 'image' | 'table' | 'empty' | 'compressed';
  cards: Card[];
  bitpix: number;
  axes: number[];
  /** Where its data begin. */
  dataAt: number;
  dataBytes: number;
  /** More cards were there than are kept. */
  cut: boolean;
}

export class FitsMistake extends Error {}

export const RECORD = 2880;
const CARD = 80;
/** Headers longer than this are not believed. */
const MOST_RECORDS = 400;
export const MOST_HDUS = 100;
const MOST_AXES = 999;

const latin = new TextDecoder('latin1');

/** The header that begins at `at`; undefined behind the last. */
export async function readHdu(read: Read, at: number, size: number, index: number): Promise<Hdu | undefined> {
  if (at + RECORD > size) {
    if (index === 0) throw new FitsMistake('short');
    return undefined;
  }
  const cards: Card[] = [];
  let records = 0;
  let ended = false;
  while (!ended) {
    const step = Math.min(records === 0 ? 4 : 16, Math.floor((size - at) / RECORD) - records);
    if (step <= 0 || records >= MOST_RECORDS) throw new FitsMistake('end');
    const bytes = await read(at + records * RECORD, step * RECORD);
    for (let record = 0; record < step && !ended; record++, records++) {
      for (let card = 0; card < RECORD / CARD && !ended; card++) {
        const begin = record * RECORD + card * CARD;
        const text = latin.decode(bytes.subarray(begin, begin + CARD));
        if (records === 0 && card === 0 && !/^(SIMPLE {2}|XTENSION)=/.test(text)) {
          // Behind the last extension anything may stand.
          if (index > 0) return undefined;
          throw new FitsMistake('magic');
        }
        if (/^END {5}/.test(text)) ended = true;
        else if (text.trim() !== '') cards.push(cardOf(text));
      }
    }
  }
  return describe(cards, index, at + records * RECORD);
}

export function cardOf(text: string): Card {
  const key = text.slice(0, 8).trimEnd();
  if (text.slice(8, 10) !== '= ') return { key, value: '', comment: text.slice(8).trim() };
  const rest = text.slice(10);
  const quoted = /^\s*'((?:[^']|'')*)'\s*(?:\/(.*))?/.exec(rest);
  if (quoted) {
    return { key, value: (quoted[1] ?? '').replaceAll("''", "'").trimEnd(), comment: (quoted[2] ?? '').trim() };
  }
  const slash = rest.indexOf('/');
  return slash === -1
    ? { key, value: rest.trim(), comment: '' }
    : { key, value: rest.slice(0, slash).trim(), comment: rest.slice(slash + 1).trim() };
}

export function textOf(cards: Card[], key: string): string | undefined {
  return cards.find((card) => card.key === key)?.value;
}

export function numberOf(cards: Card[], key: string, otherwise: number): number {
  const text = textOf(cards, key);
  const value = text === undefined || text === '' ? Number.NaN : Number(text.replace(/[dD]/, 'e'));
  return Number.isFinite(value) ? value : otherwise;
}

function describe(cards: Card[], index: number, dataAt: number): Hdu {
  const bitpix = numberOf(cards, 'BITPIX', 8);
  const dimensions = numberOf(cards, 'NAXIS', 0);
  if (![8, 16, 32, 64, -32, -64].includes(bitpix) || dimensions < 0 || dimensions > MOST_AXES)
    throw new FitsMistake('header');
  const axes = Array.from({ length: dimensions }, (_, axis) => numberOf(cards, `NAXIS${axis + 1}`, 0));
  if (axes.some((length) => length < 0 || !Number.isInteger(length))) throw new FitsMistake('header');
  const elements = dimensions === 0 ? 0 : axes.reduce((product, length) => product * length, 1);
  const dataBytes = (Math.abs(bitpix) / 8) * numberOf(cards, 'GCOUNT', 1) * (numberOf(cards, 'PCOUNT', 0) + elements);
  if (!Number.isSafeInteger(dataBytes) || dataBytes < 0) throw new FitsMistake('header');
  const type = textOf(cards, 'XTENSION');
  const isTable = type !== undefined && /^(A3DTABLE|BINTABLE|TABLE)/.test(type);
  const isImage = !isTable && (index === 0 || type?.startsWith('IMAGE') === true) && dimensions >= 2 && elements > 0;
  const isCompressed = isTable && textOf(cards, 'ZIMAGE') === 'T';
  const kind = isCompressed ? 'compressed' : isTable ? 'table' : isImage ? 'image' : 'empty';
  const shown = cards.slice(0, 2000);
  const name = textOf(cards, 'EXTNAME') ?? '';
  return { index, name, kind, cards: shown, bitpix, axes, dataAt, dataBytes, cut: shown.length < cards.length };
}

/** The size of an image that is kept compressed, as cells of a table. */
export function packedAxes(hdu: Hdu): number[] {
  const dimensions = Math.min(Math.max(0, Math.trunc(numberOf(hdu.cards, 'ZNAXIS', 0))), MOST_AXES);
  return Array.from({ length: dimensions }, (_, axis) => numberOf(hdu.cards, `ZNAXIS${axis + 1}`, 0));
}

export function nextHdu(hdu: Hdu): number {
  return hdu.dataAt + Math.ceil(hdu.dataBytes / RECORD) * RECORD;
}

/** How many planes its image has: all axes behind the second, flattened. */
export function planesOf(hdu: Hdu): number {
  return hdu.axes.slice(2).reduce((product, length) => product * length, 1);
}

export function planeBytes(hdu: Hdu): number {
  return ((hdu.axes[0] ?? 0) * (hdu.axes[1] ?? 0) * Math.abs(hdu.bitpix)) / 8;
}

export interface Plane {
  width: number;
  height: number;
  /** From the bottom row up, as FITS has them. NaN where nothing was measured. */
  values: Float32Array;
}

/** Thins the plane to at most `most` pixels a side; in slices, so that the page stays alive between them. */
export function* decodePlane(hdu: Hdu, bytes: Uint8Array, most: number): Generator<undefined, Plane> {
  const [columns = 0, rows = 0] = hdu.axes;
  const step = Math.max(1, Math.ceil(Math.max(columns, rows) / most));
  const width = Math.ceil(columns / step);
  const height = Math.ceil(rows / step);
  const values = new Float32Array(width * height);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.abs(hdu.bitpix) / 8;
  const scale = numberOf(hdu.cards, 'BSCALE', 1);
  const zero = numberOf(hdu.cards, 'BZERO', 0);
  const blank = hdu.bitpix > 0 ? numberOf(hdu.cards, 'BLANK', Number.NaN) : Number.NaN;
  const take = reader(hdu.bitpix, view);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * step * columns + x * step) * length;
      const raw = at + length <= bytes.length ? take(at) : Number.NaN;
      values[y * width + x] = raw === blank ? Number.NaN : raw * scale + zero;
    }
    if (y % 64 === 63) yield;
  }
  return { width, height, values };
}

function reader(bitpix: number, view: DataView): (at: number) => number {
  if (bitpix === 8) return (at) => view.getUint8(at);
  if (bitpix === 16) return (at) => view.getInt16(at);
  if (bitpix === 32) return (at) => view.getInt32(at);
  if (bitpix === 64) return (at) => Number(view.getBigInt64(at));
  return bitpix === -32 ? (at) => view.getFloat32(at) : (at) => view.getFloat64(at);
}
