// Where lines begin and end in bytes of which only some are here. A line longer than a block is broken at multiples of
// the block, and whether it is broken there depends on the block before alone: so every question is answered by looking
// at two blocks at most, forwards and backwards give the same pieces, and a line of 10 MB costs no more than a short one.

export const BLOCK = 16 * 1024;

/** Bytes of a log or a file, of which only some pieces are here. */
export interface Source {
  readonly size: number;
  /** The bytes of `[from, to)`, which lie in one block; undefined while they are not here. */
  view(from: number, to: number): Uint8Array | undefined;
}

const NEWLINE = 10;

/** Where the piece that begins at `start` ends (behind its newline). Undefined while that is not known. */
export function endOf(source: Source, start: number): number | undefined {
  const limit = Math.min(nextBlock(start), source.size);
  const first = find(source, start, limit);
  if (first !== -1) return first === undefined ? undefined : first + 1;
  // A piece that began at the block's beginning has filled it.
  if (limit === source.size || start % BLOCK === 0) return limit;
  const second = find(source, limit, Math.min(limit + BLOCK, source.size));
  if (second === undefined) return undefined;
  return second === -1 ? Math.min(limit + BLOCK, source.size) : second + 1;
}

/** Where the piece that holds the byte at `offset` begins. */
export function startOf(source: Source, offset: number): number | undefined {
  const block = offset - (offset % BLOCK);
  const here = findLast(source, block, offset);
  if (here !== -1) return here === undefined ? undefined : here + 1;
  if (block === 0) return 0;
  const before = findLast(source, block - BLOCK, block);
  if (before === undefined) return undefined;
  return before === -1 ? block : before + 1;
}

/** Whether the piece that begins at `start` goes on with a line that began before it. */
export function continues(source: Source, start: number): boolean {
  if (start === 0) return false;
  const before = source.view(start - 1, start);
  return before !== undefined && before[0] !== NEWLINE;
}

function nextBlock(offset: number): number {
  return offset - (offset % BLOCK) + BLOCK;
}

function find(source: Source, from: number, to: number): number | undefined {
  const bytes = source.view(from, to);
  if (bytes === undefined) return undefined;
  const at = bytes.indexOf(NEWLINE);
  return at === -1 ? -1 : from + at;
}

function findLast(source: Source, from: number, to: number): number | undefined {
  const bytes = source.view(from, to);
  if (bytes === undefined) return undefined;
  const at = bytes.lastIndexOf(NEWLINE);
  return at === -1 ? -1 : from + at;
}
