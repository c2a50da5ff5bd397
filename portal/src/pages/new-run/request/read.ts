// Reads a value as a run request: what has the right shape goes to the gateway, what has not is said at its field.
//
// The gateway decides what is right; it stops at the first thing that it cannot read, though, and then says nothing of
// the rest. So here is checked what would stop it (types, units, unknown fields), and nothing else.
import type { RunRequest } from '@/api/types';
import { LANGUAGES } from '@/parts/workflow';
import { newRunStrings as s } from '@/strings/new-run';
import { readBytes, readSpan } from './lengths';
import { fieldOf, fromEntries, isTable, type Path, type Table, type Value } from './value';

const words = s.mistakes;

export interface FieldMistake {
  field: string;
  detail: string;
}

export interface Readable {
  /** Without what is in `mistakes`. */
  request: RunRequest;
  mistakes: FieldMistake[];
}

type Reader<T> = (value: Value, path: Path) => T | undefined;

export function readRequest(value: Value): Readable {
  const mistakes: FieldMistake[] = [];
  const wrong = (path: Path, detail: string): undefined => {
    mistakes.push({ field: fieldOf(path), detail });
  };

  const text: Reader<string> = (value, path) => (typeof value === 'string' ? value : wrong(path, words.text));
  const number: Reader<number> = (value, path) =>
    typeof value === 'number' && Number.isFinite(value) ? value : wrong(path, words.number);
  const count =
    (most: number): Reader<number> =>
    (value, path) =>
      typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
        ? value
        : wrong(path, words.count(most));
  const bytes: Reader<string> = (value, path) => {
    if (typeof value !== 'string')
      return wrong(path, words.bytes(typeof value === 'number' ? 'no_unit' : 'number', value));
    const read = readBytes(value);
    return 'bytes' in read ? value : wrong(path, words.bytes(read.mistake, value));
  };
  const span: Reader<string> = (value, path) =>
    typeof value === 'string' && readSpan(value) !== undefined ? value : wrong(path, words.span);
  const oneOf =
    (...known: string[]): Reader<string> =>
    (value, path) =>
      typeof value === 'string' && known.includes(value) ? value : wrong(path, words.oneOf(known));

  // A list keeps its length, so that the gateway's `inputs[2]` is the third one here too.
  const list =
    <T>(item: Reader<T>, instead: T): Reader<T[]> =>
    (value, path) =>
      Array.isArray(value) ? value.map((entry, i) => item(entry, [...path, i]) ?? instead) : wrong(path, words.list);
  const texts = list(text, '');
  const env: Reader<Record<string, string>> = (value, path) => {
    if (!isTable(value)) return wrong(path, words.table);
    const pairs = Object.entries(value).map(([key, item]): [string, Value] => [key, text(item, [...path, key]) ?? '']);
    return fromEntries(pairs) as Record<string, string>;
  };
  const table =
    (fields: Record<string, Reader<unknown>>, required: Table = {}): Reader<Table> =>
    (value, path) => {
      if (!isTable(value)) return wrong(path, words.table);
      const read: [string, Value][] = [];
      for (const [key, item] of Object.entries(value)) {
        const reader = Object.hasOwn(fields, key) ? fields[key] : undefined;
        if (reader === undefined) wrong([...path, key], words.unknown(key, nearest(key, Object.keys(fields))));
        else if (item !== null && item !== undefined) {
          const known = reader(item, [...path, key]);
          if (known !== undefined) read.push([key, known]);
        }
      }
      const missing = Object.entries(required).filter(([key]) => !Object.hasOwn(value, key));
      for (const [key] of missing) wrong([...path, key], words.missing);
      return { ...required, ...fromEntries(read) };
    };

  const request = table({
    name: text,
    kind: oneOf('batch'),
    command: texts,
    workflow: table({ file: text, language: oneOf(...LANGUAGES), arguments: texts }, { file: '' }),
    container: table({ image: text, command: texts, network: oneOf('none', 'host') }, { image: '' }),
    inputs: list(table({ from: text, to: text, checksum: text }, { from: '', to: '' }), { from: '', to: '' }),
    outputs: list(table({ path: text, to: text }, { path: '' }), { path: '' }),
    resources: table({
      cores: number,
      memory: bytes,
      disk: bytes,
      accelerators: count(2 ** 32 - 1),
      walltime: span,
      nodes: count(2 ** 32 - 1),
      tasks_per_node: count(2 ** 32 - 1),
    }),
    env,
    array: table({ count: count(2 ** 32 - 1) }, { count: 1 }),
    after: texts,
    retries: count(255),
    where: table({ site: text, service: text, project: text, community: text }),
    share_with: text,
  })(value, []);
  return { request: (request ?? {}) as RunRequest, mistakes };
}

/** The known name that is meant by a misspelt one, when one is near. */
export function nearest(name: string, known: string[]): string | undefined {
  const [best] = known
    .map((candidate) => ({ candidate, distance: distance(name.slice(0, 40), candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Without what a request has anyway: a run's request, as the gateway tells it, is full of that. */
export function tidy(request: RunRequest): Table {
  const usual: Table = {
    cores: 1,
    memory: '1GiB',
    disk: '1GiB',
    accelerators: 0,
    walltime: '1h',
    nodes: 1,
    tasks_per_node: 1,
  };
  const entries = Object.entries(request as Table).flatMap(([key, value]): [string, Value][] => {
    if (value === null || value === undefined || (key === 'kind' && value === 'batch')) return [];
    if (key !== 'resources' || !isTable(value)) return [[key, value]];
    const asked = Object.entries(value).filter(([name, item]) => usual[name] !== item);
    return asked.length === 0 ? [] : [[key, fromEntries(asked)]];
  });
  return fromEntries(entries);
}
