// JSON with the line of each thing and of the first mistake: the browsers' own reader says neither alike.

import { newRunStrings as s } from '@/strings/new-run';
import type { Path, Value } from '../request/value';
import { fieldOf, fromEntries } from '../request/value';
import type { Language, Read } from './language';

const words = s.file.json;
const DEEPEST = 64;

class Mistake extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

class Reader {
  private at = 0;
  readonly places = new Map<string, number>();

  constructor(private readonly text: string) {}

  whole(): Value {
    const value = this.value([]);
    this.space();
    if (this.at < this.text.length) throw new Mistake(words.afterEnd, this.at);
    return value;
  }

  private space(): void {
    while (/[ \t\n\r]/.test(this.text.charAt(this.at))) this.at++;
  }

  private value(path: Path): Value {
    this.space();
    if (path.length > DEEPEST) throw new Mistake(words.tooDeep, this.at);
    this.places.set(fieldOf(path), this.at);
    const c = this.text.charAt(this.at);
    if (c === '{') return this.table(path);
    if (c === '[') return this.list(path);
    if (c === '"') return this.string();
    return this.scalar();
  }

  private table(path: Path): Value {
    const entries: [string, Value][] = [];
    const seen = new Set<string>();
    this.items('}', () => {
      this.space();
      const at = this.at;
      if (this.text.charAt(at) !== '"') throw new Mistake(words.key, at);
      const key = this.string();
      // Browsers would take the last; the gateway refuses it, and so does a careful reader.
      if (seen.has(key)) throw new Mistake(words.twice(key), at);
      seen.add(key);
      this.space();
      if (this.text.charAt(this.at) !== ':') throw new Mistake(words.colon(key), this.at);
      this.at++;
      entries.push([key, this.value([...path, key])]);
      this.places.set(fieldOf([...path, key]), at);
    });
    return fromEntries(entries);
  }

  private list(path: Path): Value {
    const list: Value[] = [];
    this.items(']', () => list.push(this.value([...path, list.length])));
    return list;
  }

  private items(end: string, item: () => void): void {
    this.at++;
    this.space();
    if (this.text.charAt(this.at) === end) {
      this.at++;
      return;
    }
    for (;;) {
      item();
      this.space();
      const c = this.text.charAt(this.at);
      if (c !== ',' && c !== end) throw new Mistake(words.separator(end), this.at);
      this.at++;
      if (c === end) return;
      this.space();
      if (this.text.charAt(this.at) === end) throw new Mistake(words.lastComma, this.at);
    }
  }

  private string(): string {
    const match = /"(?:[^"\\\n]|\\.)*"/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text)?.[0];
    if (found === undefined) throw new Mistake(words.openString, this.at);
    return this.native(found) as string;
  }

  private scalar(): Value {
    const match = /[^\s,\]}:"]+/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text)?.[0];
    if (found === undefined) throw new Mistake(this.at >= this.text.length ? words.ended : words.value, this.at);
    return this.native(found);
  }

  private native(text: string): Value {
    try {
      const value: Value = JSON.parse(text);
      this.at += text.length;
      return value;
    } catch {
      throw new Mistake(words.wrong(text.slice(0, 40)), this.at);
    }
  }
}

function read(text: string): Read {
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  if (text.trim() === '') return { value: {}, lines: new Map() };
  const reader = new Reader(text);
  try {
    const value = reader.whole();
    return { value, lines: new Map([...reader.places].map(([field, at]) => [field, lineAt(at)])) };
  } catch (error) {
    if (error instanceof Mistake) return { mistake: { line: lineAt(error.at), detail: error.message } };
    throw error;
  }
}

function write(value: Value): string {
  // Outside of texts JSON has none of these characters, so the whole can be treated as one.
  const text = JSON.stringify(value, undefined, 2);
  return `${text.replace(/[\p{Cf}\u007f\u2028\u2029]/gu, (c) => escaped(c))}\n`;
}

const escaped = (c: string): string =>
  Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');

export const json: Language = { read, write };
