// One log (or text file) while somebody reads it: its pieces, the place on screen, and what is written meanwhile. React
// only draws what this says; it is told of changes at most once per frame.
import { Chunks, type Read } from './chunks';
import { Reader } from './reader';

export interface Extent {
  size: number;
  /** Nothing more will be written. */
  complete: boolean;
  /** More was written than is kept. */
  truncated: boolean;
}

export interface Origin {
  extent(signal: AbortSignal): Promise<Extent>;
  read: Read;
  /** Hands on what is written behind `from`, until it is complete or cut; answers how far it is then. */
  follow?(from: number, signal: AbortSignal, more: (bytes: Uint8Array) => void): Promise<Extent>;
}

/** Where to begin. */
export type Beginning = 'start' | 'end' | number;

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
/** After a follower was let go without news: it does not hurry back. */
const REST = 1_000;

export class LogModel {
  readonly chunks: Chunks;
  readonly reader: Reader;
  extent: Extent | undefined;
  error: unknown;
  /** Grows with every change. */
  version = 0;
  readonly #origin: Origin;
  readonly #beginning: Beginning;
  readonly #listeners = new Set<() => void>();
  #abort = new AbortController();
  #frame: number | undefined;
  #pause = FIRST_PAUSE;
  #timer: number | undefined;
  #closed = false;

  constructor(origin: Origin, beginning: Beginning) {
    this.#origin = origin;
    this.#beginning = beginning;
    const read: Read = (from, length, signal) => origin.read(from, length, signal);
    this.chunks = new Chunks(0, read, this.#arrived, this.#failed);
    this.reader = new Reader(this.chunks);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  open(): void {
    this.#closed = false;
    document.addEventListener('visibilitychange', this.#look);
    void this.#work();
  }

  close(): void {
    this.#closed = true;
    document.removeEventListener('visibilitychange', this.#look);
    window.clearTimeout(this.#timer);
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.#abort.abort();
    this.chunks.close();
  }

  /** After anything that moves the place. */
  moved(): void {
    const [from, to] = this.reader.wanted;
    this.chunks.want(from, to);
    this.#changed();
  }

  readonly #arrived = (): void => {
    this.#pause = FIRST_PAUSE;
    this.error = undefined;
    this.reader.settle();
    this.moved();
  };

  readonly #failed = (error: unknown): void => {
    this.error = error;
    this.#changed();
    this.#again(() => this.moved());
  };

  /** Nobody looks: the connection is given back, browsers have only six of them. */
  readonly #look = (): void => {
    this.#abort.abort();
    window.clearTimeout(this.#timer);
    if (document.visibilityState === 'visible') void this.#work();
  };

  async #work(): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      if (this.extent === undefined) {
        this.extent = await this.#origin.extent(abort.signal);
        if (abort.signal.aborted) return;
        this.chunks.size = this.extent.size;
        if (this.#beginning === 'end') this.reader.goToEnd();
        else this.reader.goTo(this.#beginning === 'start' ? 0 : this.#beginning);
        this.moved();
      }
      while (!this.extent.complete && this.#origin.follow && !abort.signal.aborted) {
        const before = this.chunks.size;
        this.extent = await this.#origin.follow(before, abort.signal, (bytes) => this.#grow(bytes, abort.signal));
        this.#pause = FIRST_PAUSE;
        this.#changed();
        if (this.chunks.size === before) await new Promise((go) => window.setTimeout(go, REST));
      }
      if (!abort.signal.aborted) this.#quieten();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = error;
      this.#changed();
      this.#again(() => void this.#work());
    }
  }

  #grow(bytes: Uint8Array, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.chunks.append(bytes);
    this.error = undefined;
    this.reader.settle();
    this.moved();
  }

  #quieten(): void {
    if (this.error === undefined) return;
    this.error = undefined;
    this.#changed();
  }

  #again(act: () => void): void {
    if (this.#closed) return;
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(act, this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #changed(): void {
    if (this.#closed) return;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.version += 1;
      for (const listener of this.#listeners) listener();
    });
  }
}
