// The pieces of a log or file that are in the tab: few, of equal length, the least recently used leave first. However
// long the log, this holds CHUNK * KEPT bytes of it and no more.

import { BLOCK, type Source } from './lines';

export const CHUNK = 8 * BLOCK;
const KEPT = 48;

/** Reads `[from, from + length)`; fewer bytes when the end comes first. */
export type Read = (from: number, length: number, signal: AbortSignal) => Promise<Uint8Array>;

interface Wanted {
  abort: AbortController;
}

export class Chunks implements Source {
  size: number;
  readonly #read: Read;
  readonly #here = new Map<number, Uint8Array>();
  readonly #wanted = new Map<number, Wanted>();
  readonly #arrived: () => void;
  readonly #failed: (error: unknown) => void;

  constructor(size: number, read: Read, arrived: () => void, failed: (error: unknown) => void) {
    this.size = size;
    this.#read = read;
    this.#arrived = arrived;
    this.#failed = failed;
  }

  view(from: number, to: number): Uint8Array | undefined {
    if (from >= to) return new Uint8Array(0);
    const number = Math.floor(from / CHUNK);
    const chunk = this.#here.get(number);
    const begin = number * CHUNK;
    if (chunk === undefined || begin + chunk.length < to) return undefined;
    this.#here.delete(number);
    this.#here.set(number, chunk);
    return chunk.subarray(from - begin, to - begin);
  }

  /** Bytes that may lie across chunks, up to the first that is not here. */
  bytes(from: number, to: number): Uint8Array {
    const parts = new Uint8Array(to - from);
    let at = from;
    while (at < to) {
      const end = Math.min(to, at - (at % BLOCK) + BLOCK);
      const part = this.view(at, end);
      if (part === undefined) break;
      parts.set(part, at - from);
      at = end;
    }
    return parts.subarray(0, at - from);
  }

  /** Fetches what is missing around `[from, to)`, and gives up what was asked for before and lies elsewhere. */
  want(from: number, to: number): void {
    const first = Math.max(0, Math.floor(from / CHUNK));
    const last = Math.floor(Math.min(Math.max(to, from), Math.max(this.size - 1, 0)) / CHUNK);
    for (const [number, wanted] of this.#wanted) {
      if (number < first || number > last) {
        wanted.abort.abort();
        this.#wanted.delete(number);
      }
    }
    for (let number = first; number <= last; number++) {
      if (!this.#isWhole(number) && !this.#wanted.has(number)) void this.#fetch(number);
    }
  }

  /** Bytes that were written since: they belong at the end. */
  append(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) {
      const number = Math.floor(this.size / CHUNK);
      const room = CHUNK - (this.size % CHUNK);
      const part = rest.subarray(0, room);
      const before = this.#here.get(number);
      const begin = this.size - number * CHUNK;
      // Without the chunk's beginning its end is of no use: it is fetched when somebody looks there.
      if (begin === 0 || before?.length === begin) {
        const joined = new Uint8Array(begin + part.length);
        if (before !== undefined) joined.set(before);
        joined.set(part, begin);
        this.#put(number, joined);
      }
      this.size += part.length;
      rest = rest.subarray(part.length);
    }
  }

  close(): void {
    for (const wanted of this.#wanted.values()) wanted.abort.abort();
    this.#wanted.clear();
  }

  #isWhole(number: number): boolean {
    const length = Math.min(CHUNK, this.size - number * CHUNK);
    return (this.#here.get(number)?.length ?? -1) >= length;
  }

  #put(number: number, chunk: Uint8Array): void {
    this.#here.delete(number);
    this.#here.set(number, chunk);
    for (const oldest of this.#here.keys()) {
      if (this.#here.size <= KEPT) break;
      this.#here.delete(oldest);
    }
  }

  async #fetch(number: number): Promise<void> {
    const wanted = { abort: new AbortController() };
    this.#wanted.set(number, wanted);
    const begin = number * CHUNK;
    try {
      const bytes = await this.#read(begin, Math.min(CHUNK, this.size - begin), wanted.abort.signal);
      if (wanted.abort.signal.aborted) return;
      // What was appended meanwhile must not be lost.
      if (bytes.length >= (this.#here.get(number)?.length ?? 0)) this.#put(number, bytes);
      this.#wanted.delete(number);
      this.#arrived();
    } catch (error) {
      if (wanted.abort.signal.aborted) return;
      this.#wanted.delete(number);
      this.#failed(error);
    }
  }
}
