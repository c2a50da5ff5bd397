// Images that FITS keeps compressed: a table with a tile of the image in each row, the bytes of which lie behind it.
// Rice's and gzip's compression are read; others (HCOMPRESS, PLIO) say that they are not.
import { FitsMistake, type Hdu, numberOf, type Plane, packedAxes, type Read, textOf } from './fits';
import { type Column, columnsOf, rowBytes } from './fits-table';
import { type PixelBytes, unrice } from './rice';

const METHODS = ['RICE_1', 'RICE_ONE', 'GZIP_1', 'GZIP_2', 'NOCOMPRESS'];
/** Of those whose integers stand for real numbers: nothing measured, and exactly zero. */
const NOTHING = -2147483647;
const ZERO = -2147483646;
const SLICE = 12;
/** More is not fetched for a look at a plane. */
const MOST_BYTES = 64 << 20;

export interface Packed {
  hdu: Hdu;
  axes: number[];
  tile: [number, number];
  bitpix: number;
  method: string;
  columns: Map<string, Column>;
}

/** How the image is packed; undefined when it is in a way that is not read here. */
export function packingOf(hdu: Hdu): Packed | undefined {
  const { cards } = hdu;
  const axes = packedAxes(hdu);
  const method = textOf(cards, 'ZCMPTYPE')?.trim() ?? '';
  const bitpix = numberOf(cards, 'ZBITPIX', 0);
  const tiles = axes.map((length, axis) => numberOf(cards, `ZTILE${axis + 1}`, axis === 0 ? length : 1));
  const isRight = [8, 16, 32, -32, -64].includes(bitpix) && axes.length >= 2;
  const areWhole = [...axes, ...tiles].every((length) => Number.isInteger(length) && length > 0);
  if (!METHODS.includes(method) || !isRight || !areWhole) return undefined;
  // A tile of several planes would have to be unpacked for each of them.
  if (tiles.slice(2).some((length) => length !== 1)) return undefined;
  const columns = new Map(columnsOf(hdu).map((column) => [column.name, column]));
  return { hdu, axes, tile: [tiles[0] ?? 1, tiles[1] ?? 1], bitpix, method, columns };
}

interface Place {
  from: number;
  length: number;
}

/** The tile's bytes in the heap, by the descriptor in its row. */
function placeOf(column: Column | undefined, row: DataView): Place {
  if (column === undefined) return { from: 0, length: 0 };
  const isWide = /Q/.test(column.form);
  const count = isWide ? Number(row.getBigInt64(column.at)) : row.getInt32(column.at);
  const from = isWide ? Number(row.getBigInt64(column.at + 8)) : row.getInt32(column.at + 4);
  const size = { B: 1, I: 2, J: 4 }[/[PQ]([BIJ])/.exec(column.form)?.[1] ?? 'B'] ?? 1;
  return { from, length: Math.max(0, count) * size };
}

/** One plane, thinned to at most `most` pixels a side. The page stays alive meanwhile. */
export async function unpackPlane(
  packed: Packed,
  plane: number,
  read: Read,
  most: number,
  signal: AbortSignal,
): Promise<Plane> {
  const { hdu, axes, tile, columns } = packed;
  const [width = 0, height = 0] = axes;
  const [across, down] = [Math.ceil(width / tile[0]), Math.ceil(height / tile[1])];
  const length = rowBytes(hdu);
  const first = plane * across * down;
  if (across * down * length > MOST_BYTES) throw new FitsMistake('large');
  const rows = await read(hdu.dataAt + first * length, across * down * length);
  if (rows.length < across * down * length) throw new FitsMistake('short');
  const heap = hdu.dataAt + numberOf(hdu.cards, 'THEAP', length * (hdu.axes[1] ?? 0));
  const rowAt = (index: number) => new DataView(rows.buffer, rows.byteOffset + index * length, length);
  const kinds = ['COMPRESSED_DATA', 'GZIP_COMPRESSED_DATA', 'UNCOMPRESSED_DATA'] as const;
  const places = Array.from({ length: across * down }, (_, index) => {
    const found = kinds.map((kind) => ({ kind, ...placeOf(columns.get(kind), rowAt(index)) }));
    return found.find((place) => place.length > 0);
  });
  const there = places.filter((place) => place !== undefined);
  const begin = there.reduce((nearest, { from }) => Math.min(nearest, from), there[0]?.from ?? 0);
  const end = there.reduce((furthest, { from, length: bytes }) => Math.max(furthest, from + bytes), begin);
  const isInside = begin >= 0 && heap + end <= hdu.dataAt + hdu.dataBytes && end - begin <= MOST_BYTES;
  if (!isInside) throw new FitsMistake('heap');
  const bytes = end > begin ? await read(heap + begin, end - begin) : new Uint8Array(0);

  const step = Math.max(1, Math.ceil(Math.max(width, height) / most));
  const out = { width: Math.ceil(width / step), height: Math.ceil(height / step) };
  const values = new Float32Array(out.width * out.height).fill(Number.NaN);
  let until = performance.now() + SLICE;
  for (const [index, place] of places.entries()) {
    if (place === undefined) continue;
    const [left, top] = [(index % across) * tile[0], Math.floor(index / across) * tile[1]];
    const [wide, high] = [Math.min(tile[0], width - left), Math.min(tile[1], height - top)];
    // Rows that are thinned away need not be unpacked.
    if (Math.ceil(top / step) * step >= top + high) continue;
    const part = bytes.subarray(place.from - begin, place.from - begin + place.length);
    const pixels = await unpackTile(packed, place.kind, part, wide * high);
    const real = scaling(packed, rowAt(index), first + index, place.kind, pixels);
    for (let y = Math.ceil(top / step) * step; y < top + high; y += step) {
      for (let x = Math.ceil(left / step) * step; x < left + wide; x += step) {
        const at = (y - top) * wide + (x - left);
        values[(y / step) * out.width + x / step] = real[at] ?? Number.NaN;
      }
    }
    if (performance.now() > until) {
      await new Promise<void>((go) => setTimeout(go));
      signal.throwIfAborted();
      until = performance.now() + SLICE;
    }
  }
  return { ...out, values };
}

type Pixels = Int32Array | Float32Array | Float64Array;

async function unpackTile(packed: Packed, kind: string, part: Uint8Array, count: number): Promise<Pixels> {
  const { hdu, method, bitpix } = packed;
  // What could not be made integers without loss is kept as it is, by gzip alone.
  if (kind === 'GZIP_COMPRESSED_DATA')
    return numbers(await gunzip(part, count * (Math.abs(bitpix) / 8)), bitpix, count);
  if (kind === 'UNCOMPRESSED_DATA' || method === 'NOCOMPRESS') return numbers(part, bitpix, count);
  if (method.startsWith('RICE')) {
    const pixelBytes = setting(hdu, 'BYTEPIX', 4);
    if (pixelBytes !== 1 && pixelBytes !== 2 && pixelBytes !== 4) throw new FitsMistake('packing');
    return unrice(part, count, pixelBytes satisfies PixelBytes, Math.max(1, setting(hdu, 'BLOCKSIZE', 32)));
  }
  const type = bitpix < 0 && packed.columns.has('ZSCALE') ? 32 : bitpix;
  const size = Math.abs(type) / 8;
  const plain = await gunzip(part, count * size);
  return numbers(method === 'GZIP_2' ? unshuffle(plain, size) : plain, type, count);
}

/** Never more than is wanted: a few bytes may unfold to gigabytes. */
async function gunzip(part: Uint8Array, wanted: number): Promise<Uint8Array> {
  const out = new Uint8Array(wanted);
  const stream = new Blob([part as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  for (let at = 0; at < wanted; ) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done || value === undefined) break;
    out.set(value.subarray(0, wanted - at), at);
    at += value.length;
  }
  await reader.cancel().catch(() => undefined);
  return out;
}

/** All first bytes, then all second ones, and so on: put together again. */
function unshuffle(bytes: Uint8Array, size: number): Uint8Array {
  const count = bytes.length / size;
  return Uint8Array.from(bytes, (_, at) => bytes[(at % size) * count + Math.floor(at / size)] ?? 0);
}

function numbers(bytes: Uint8Array, bitpix: number, count: number): Pixels {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Math.abs(bitpix) / 8;
  const out = bitpix > 0 ? new Int32Array(count) : new Float64Array(count);
  for (let i = 0; i < count && (i + 1) * size <= bytes.length; i++) {
    const at = i * size;
    if (bitpix === 8) out[i] = view.getUint8(at);
    else if (bitpix === 16) out[i] = view.getInt16(at);
    else if (bitpix === 32) out[i] = view.getInt32(at);
    else out[i] = bitpix === -32 ? view.getFloat32(at) : view.getFloat64(at);
  }
  return out;
}

/** A parameter of the compression: ZNAMEn says which, ZVALn what. */
function setting(hdu: Hdu, name: string, otherwise: number): number {
  for (let index = 1; index <= 9; index++) {
    if (textOf(hdu.cards, `ZNAME${index}`)?.trim() === name) return numberOf(hdu.cards, `ZVAL${index}`, otherwise);
  }
  return otherwise;
}

function inRow(packed: Packed, name: string, row: DataView, otherwise: number): number {
  const column = packed.columns.get(name);
  if (column === undefined) return numberOf(packed.hdu.cards, name, otherwise);
  const text = column.cell(row);
  return text === '' ? Number.NaN : Number(text);
}

/** What was measured: integers of each tile have their own scale, and were perhaps dithered. */
function scaling(packed: Packed, row: DataView, tile: number, kind: string, pixels: Pixels): Float64Array {
  const { cards } = packed.hdu;
  const out = new Float64Array(pixels.length);
  if (packed.bitpix > 0) {
    const [scale, zero] = [numberOf(cards, 'BSCALE', 1), numberOf(cards, 'BZERO', 0)];
    const blank = inRow(packed, 'ZBLANK', row, numberOf(cards, 'BLANK', Number.NaN));
    pixels.forEach((raw, i) => {
      out[i] = raw === blank ? Number.NaN : raw * scale + zero;
    });
    return out;
  }
  if (kind !== 'COMPRESSED_DATA' || !(pixels instanceof Int32Array)) return Float64Array.from(pixels);
  const [scale, zero] = [inRow(packed, 'ZSCALE', row, 1), inRow(packed, 'ZZERO', row, 0)];
  const blank = inRow(packed, 'ZBLANK', row, NOTHING);
  const quantized = textOf(cards, 'ZQUANTIZ')?.trim() ?? '';
  const isDithered = quantized.startsWith('SUBTRACTIVE_DITHER');
  const random = isDithered ? randomOf(tile + numberOf(cards, 'ZDITHER0', 1) - 1) : () => 0.5;
  pixels.forEach((raw, i) => {
    const shift = random();
    if (raw === blank) out[i] = Number.NaN;
    else if (raw === ZERO && quantized === 'SUBTRACTIVE_DITHER_2') out[i] = 0;
    else out[i] = (raw - shift + 0.5) * scale + zero;
  });
  return out;
}

const RANDOMS = 10_000;
let randoms: Float32Array | undefined;

/** The sequence that the standard prescribes, from where a tile begins in it. */
function randomOf(tile: number): () => number {
  if (randoms === undefined) {
    randoms = new Float32Array(RANDOMS);
    for (let i = 0, seed = 1; i < RANDOMS; i++) {
      seed = (16_807 * seed) % 2_147_483_647;
      randoms[i] = seed / 2_147_483_647;
    }
  }
  const all = randoms;
  let start = ((tile % RANDOMS) + RANDOMS) % RANDOMS;
  const begin = () => Math.trunc((all[start] ?? 0) * 500);
  let next = begin();
  return () => {
    const value = all[next] ?? 0;
    next += 1;
    if (next === RANDOMS) {
      start = (start + 1) % RANDOMS;
      next = begin();
    }
    return value;
  };
}
