// Tables in FITS files, binary and ASCII: their columns, and the cells of some rows as text. Read row by row, so that
// the beginning of a table of any length is cheap.
import { type Card, FitsMistake, type Hdu, numberOf, textOf } from './fits';

export interface Column {
  name: string;
  unit: string;
  /** As TFORM says it. */
  form: string;
  /** Where its bytes are in a row. */
  at: number;
  bytes: number;
  cell(row: DataView): string;
}

/** More columns are not looked at. */
const MOST_COLUMNS = 999;
/** Of an array in a cell so many values are shown. */
const MOST_VALUES = 8;

const latin = new TextDecoder('latin1');

export const rowBytes = (hdu: Hdu): number => hdu.axes[0] ?? 0;
export const rowCount = (hdu: Hdu): number => hdu.axes[1] ?? 0;

export function columnsOf(hdu: Hdu): Column[] {
  const { cards } = hdu;
  const fields = numberOf(cards, 'TFIELDS', 0);
  if (!Number.isInteger(fields) || fields < 0 || fields > MOST_COLUMNS) throw new FitsMistake('table');
  const isBinary = textOf(cards, 'XTENSION')?.startsWith('TABLE') === false;
  const columns: Column[] = [];
  let at = 0;
  for (let index = 1; index <= fields; index++) {
    const form = textOf(cards, `TFORM${index}`)?.trim() ?? '';
    const name = textOf(cards, `TTYPE${index}`)?.trim() || String(index);
    const unit = textOf(cards, `TUNIT${index}`)?.trim() ?? '';
    const column = isBinary ? binary(cards, index, form, at) : ascii(cards, index, form);
    columns.push({ name, unit, form, ...column });
    at += column.bytes;
  }
  const end = Math.max(0, ...columns.map((column) => column.at + column.bytes));
  if (end > rowBytes(hdu) || (isBinary && at !== rowBytes(hdu))) throw new FitsMistake('table');
  return columns;
}

type Place = Pick<Column, 'at' | 'bytes' | 'cell'>;

function ascii(cards: Card[], index: number, form: string): Place {
  const width = Number(/^[AIFED](\d+)/.exec(form)?.[1]);
  const at = numberOf(cards, `TBCOL${index}`, 0) - 1;
  if (!Number.isInteger(width) || !Number.isInteger(at) || at < 0) throw new FitsMistake('table');
  return { at, bytes: width, cell: (row) => latin.decode(bytesOf(row, at, width)).trim() };
}

/** How many bytes a value of each kind takes. */
const SIZES: Record<string, number> = { L: 1, B: 1, I: 2, J: 4, K: 8, A: 1, E: 4, D: 8, C: 8, M: 16, P: 8, Q: 16 };

function binary(cards: Card[], index: number, form: string, at: number): Place {
  const [, repeat = '', kind = ''] = /^(\d*)([LXBIJKAEDCMPQ])/.exec(form) ?? [];
  const count = repeat === '' ? 1 : Number(repeat);
  const size = SIZES[kind];
  const bytes = kind === 'X' ? Math.ceil(count / 8) : count * (size ?? Number.NaN);
  if (!Number.isSafeInteger(bytes)) throw new FitsMistake('table');
  if (kind === 'A') return { at, bytes, cell: (row) => characters(bytesOf(row, at, bytes)) };
  if (kind === 'X') return { at, bytes, cell: (row) => bits(bytesOf(row, at, bytes), count) };
  const one = value(cards, index, kind);
  return {
    at,
    bytes,
    cell(row) {
      const shown = Array.from({ length: Math.min(count, MOST_VALUES) }, (_, i) => one(row, at + i * (size ?? 0)));
      return shown.join(', ') + (count > MOST_VALUES ? ', …' : '');
    },
  };
}

/** A string ends at the first NUL, and what blanks stand behind it say nothing. */
function characters(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return latin.decode(end === -1 ? bytes : bytes.subarray(0, end)).trimEnd();
}

function bits(bytes: Uint8Array, count: number): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, count);
}

function value(cards: Card[], index: number, kind: string): (row: DataView, at: number) => string {
  if (kind === 'L') return (row, at) => ({ 84: 'T', 70: 'F' })[row.getUint8(at)] ?? '';
  // Arrays of any length lie behind the table: how many values they have is said here.
  if (kind === 'P') return (row, at) => `[${row.getInt32(at)}]`;
  if (kind === 'Q') return (row, at) => `[${row.getBigInt64(at)}]`;
  const scale = numberOf(cards, `TSCAL${index}`, 1);
  const zero = numberOf(cards, `TZERO${index}`, 0);
  const isScaled = scale !== 1 || zero !== 0;
  const scaled = (number: number) => String(Number((number * scale + zero).toPrecision(15)));
  if (kind === 'E')
    return (row, at) => (isScaled ? double(row.getFloat32(at) * scale + zero) : single(row.getFloat32(at)));
  if (kind === 'D') return (row, at) => double(row.getFloat64(at) * scale + zero);
  if (kind === 'C') return (row, at) => complex(single(row.getFloat32(at)), single(row.getFloat32(at + 4)));
  if (kind === 'M') return (row, at) => complex(double(row.getFloat64(at)), double(row.getFloat64(at + 8)));
  const missing = textOf(cards, `TNULL${index}`)?.trim();
  if (kind === 'K') {
    // Numbers of 64 bits keep all their digits, also those without a sign, which are shifted by 2^63.
    const shift = /^[+-]?\d+\.?0*$/.test(textOf(cards, `TZERO${index}`)?.trim() ?? '0')
      ? BigInt((textOf(cards, `TZERO${index}`)?.trim() ?? '0').replace(/\.0*$/, ''))
      : undefined;
    return (row, at) => {
      const raw = row.getBigInt64(at);
      if (String(raw) === missing) return '';
      return scale === 1 && shift !== undefined ? String(raw + shift) : scaled(Number(raw));
    };
  }
  const take = { B: DataView.prototype.getUint8, I: DataView.prototype.getInt16, J: DataView.prototype.getInt32 }[kind];
  return (row, at) => {
    const raw = take?.call(row, at) ?? Number.NaN;
    if (String(raw) === missing) return '';
    return isScaled ? scaled(raw) : String(raw);
  };
}

const double = (number: number): string => (Number.isNaN(number) ? '' : String(number));

/** No more digits than it takes to tell it from its neighbours: 0.1, and not 0.10000000149. */
function single(number: number): string {
  if (Number.isNaN(number)) return '';
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return String(short);
  }
  return String(Number(number.toPrecision(9)));
}

const complex = (real: string, imaginary: string): string => `${real} + ${imaginary}i`;

function bytesOf(row: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(row.buffer, row.byteOffset + at, length);
}

/** The cells of all whole rows in these bytes. */
export function cellsOf(hdu: Hdu, columns: Column[], bytes: Uint8Array): string[][] {
  const length = rowBytes(hdu);
  const rows = length === 0 ? 0 : Math.floor(bytes.length / length);
  return Array.from({ length: rows }, (_, row) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + row * length, length);
    return columns.map((column) => column.cell(view));
  });
}
