// JSON as a tree that is read only where somebody looks: a node is a range of the text, and its children are found when
// it is opened. So numbers keep all their digits, keys that occur twice are seen twice, and depth costs nothing.

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'word';

export interface JsonNode {
  kind: JsonKind;
  from: number;
  to: number;
}

export interface JsonChild {
  /** As written in the text, decoded; an index for arrays. */
  key: string | number;
  node: JsonNode;
}

export interface JsonChildren {
  items: JsonChild[];
  /** Where to go on; undefined when there are no more. */
  next: { at: number; index: number } | undefined;
}

export class JsonMistake extends Error {
  constructor(readonly at: number) {
    super(`not JSON at character ${at}`);
  }
}

const SPACE = /[\t\n\r ]*/y;
const WORD = /true|false|null/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRUCTURE = /["[\]{}]/g;

export function rootOf(text: string): JsonNode {
  const node = nodeAt(text, space(text, 0));
  const rest = space(text, node.to);
  if (rest < text.length) throw new JsonMistake(rest);
  return node;
}

/** The text of a string, or of its beginning. */
export function stringOf(text: string, node: JsonNode): string {
  const raw = text.slice(node.from, node.to);
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : raw;
  } catch {
    throw new JsonMistake(node.from);
  }
}

export function childrenOf(
  text: string,
  node: JsonNode,
  most: number,
  from?: { at: number; index: number },
): JsonChildren {
  const items: JsonChild[] = [];
  let at = from?.at ?? space(text, node.from + 1);
  let index = from?.index ?? 0;
  const last = node.to - 1;
  if (at === last && index === 0) return { items, next: undefined };
  while (items.length < most) {
    let key: string | number = index;
    if (node.kind === 'object') {
      const name = nodeAt(text, at);
      if (name.kind !== 'string') throw new JsonMistake(at);
      key = stringOf(text, name);
      at = space(text, name.to);
      if (text[at] !== ':') throw new JsonMistake(at);
      at = space(text, at + 1);
    }
    const child = nodeAt(text, at);
    items.push({ key, node: child });
    index += 1;
    at = space(text, child.to);
    if (at === last) return { items, next: undefined };
    if (text[at] !== ',' || at > last) throw new JsonMistake(at);
    at = space(text, at + 1);
  }
  return { items, next: { at, index } };
}

function space(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function nodeAt(text: string, from: number): JsonNode {
  const first = text[from];
  if (first === '"') return { kind: 'string', from, to: stringEnd(text, from) };
  if (first === '{') return { kind: 'object', from, to: containerEnd(text, from) };
  if (first === '[') return { kind: 'array', from, to: containerEnd(text, from) };
  for (const [kind, pattern] of [
    ['number', NUMBER],
    ['word', WORD],
  ] as const) {
    pattern.lastIndex = from;
    if (pattern.test(text)) return { kind, from, to: pattern.lastIndex };
  }
  throw new JsonMistake(from);
}

function stringEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at + 1);
    if (at === -1) throw new JsonMistake(from);
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
}

/** Brackets are matched with a counter, not with the stack: a million of them open nothing here. */
function containerEnd(text: string, from: number): number {
  let depth = 0;
  STRUCTURE.lastIndex = from;
  for (let found = STRUCTURE.exec(text); found !== null; found = STRUCTURE.exec(text)) {
    const sign = found[0];
    if (sign === '"') STRUCTURE.lastIndex = stringEnd(text, found.index);
    else depth += sign === '{' || sign === '[' ? 1 : -1;
    if (depth === 0) {
      if ((sign === ']') !== (text[from] === '[')) throw new JsonMistake(found.index);
      return found.index + 1;
    }
  }
  throw new JsonMistake(from);
}
