import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, stringify, type YAMLSeq } from 'yaml';
import { change, equal, fieldOf, isTable, type Path, type Table, type Value } from '../request/value';
import type { FileMistake, Language, Read } from './language';

const STYLE = { lineWidth: 0 } as const;

function open(text: string): { document: Document; lines: LineCounter; mistake?: FileMistake } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error === undefined) return { document, lines };
  return { document, lines, mistake: { line: lines.linePos(error.pos[0]).line, detail: error.message } };
}

function read(text: string): Read {
  const { document, lines, mistake } = open(text);
  if (mistake !== undefined) return { mistake };
  try {
    // Aliases that multiply are refused by the library's own limit.
    const value: Value = document.toJS({ maxAliasCount: 100 });
    return { value: value ?? {}, lines: linesOf(document, lines) };
  } catch (error) {
    return { mistake: { line: 1, detail: error instanceof Error ? error.message : String(error) } };
  }
}

function linesOf(document: Document, counter: LineCounter): Map<string, number> {
  const found = new Map<string, number>();
  const note = (path: Path, range: readonly number[] | null | undefined) => {
    if (range) found.set(fieldOf(path), counter.linePos(range[0] ?? 0).line);
  };
  const walk = (node: unknown, path: Path): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        if (!isScalar(key)) continue;
        note([...path, String(key.value)], key.range);
        walk(value, [...path, String(key.value)]);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, i) => {
        note([...path, i], (item as { range?: readonly number[] | null }).range);
        walk(item, [...path, i]);
      });
    }
  };
  walk(document.contents, []);
  return found;
}

function write(value: Value, before = ''): string {
  const wanted: Table = isTable(value) ? value : {};
  const { document, mistake } = open(before);
  if (mistake === undefined && isMap(document.contents) && Object.keys(wanted).length > 0) {
    const old: Value = document.toJS();
    if (isTable(old)) {
      amend(document, [], old, wanted);
      const text = document.toString(STYLE);
      const again = read(text);
      if ('value' in again && equal(again.value, wanted)) return text;
    }
  }
  const [, header = ''] = /^((?:[ \t]*#.*\n)*)/.exec(before) ?? [];
  return header + (Object.keys(wanted).length === 0 ? '' : stringify(wanted, STYLE));
}

/** Changes what differs and leaves the rest, which keeps its comments and its style. */
function amend(document: Document, path: Path, before: Value, after: Value): void {
  if (equal(before, after)) return;
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isTable(before) && isTable(after) && isMap(node)) {
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) document.deleteIn([...path, key]);
    for (const [key, item] of Object.entries(after)) amend(document, [...path, key], before[key], item);
  } else if (Array.isArray(before) && Array.isArray(after) && isSeq(node)) {
    amendList(document, path, node, before, after);
  } else if (isScalar(node) && !isTable(after) && !Array.isArray(after) && typeof node.value === typeof after) {
    node.value = after;
    // How a number was written belongs to that number; how a text was quoted may stay.
    delete (node as { source?: unknown }).source;
  } else document.setIn(path, document.createNode(after));
}

function amendList(document: Document, path: Path, node: YAMLSeq, before: Value[], after: Value[]): void {
  if (before.length === after.length) {
    for (const [i, item] of after.entries()) amend(document, [...path, i], before[i], item);
    return;
  }
  const { head, tail } = change(before, after);
  const fresh = after.slice(head, after.length - tail).map((item) => document.createNode(item));
  node.items.splice(head, before.length - head - tail, ...fresh);
}

export const yaml: Language = { read, write };
