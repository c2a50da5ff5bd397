// Where inputs come from, as their `from` says it.
import type { OutputFile } from '@/api/types';
import { getIn, type Table, type Value } from '../request/value';

export type SourceKind = 'upload' | 'address' | 'run' | 'path' | 'other';

export function kindOf(from: string): SourceKind {
  if (from.startsWith('upload:')) return 'upload';
  if (/^https?:/.test(from)) return 'address';
  if (from.startsWith('run:')) return 'run';
  return from.startsWith('file:') ? 'path' : 'other';
}

/** A first part of digits alone would be an element, so such a path is said to be one of a single run. */
export function runSource(run: string, path: string, element?: number): string {
  if (element !== undefined) return `run:${run}/${element}/${path}`;
  return /^([0-9]+|\.)\//.test(path) ? `run:${run}/./${path}` : `run:${run}/${path}`;
}

export function inputOf(run: string, file: OutputFile, isArray: boolean): Table {
  return { from: runSource(run, file.path, isArray ? file.element : undefined), to: file.path };
}

/** Each with a destination of its own: a second `a.csv` becomes `a-2.csv`. */
export function withInputs(inputs: Value, added: Table[]): Value[] {
  const all: Value[] = Array.isArray(inputs) ? [...inputs] : [];
  for (const input of added) {
    const taken = new Set(all.map((one) => getIn(one, ['to'])));
    const wanted = String(input['to'] ?? '');
    const [, stem = wanted, ending = ''] = /^(.*?[^/])(\.[^./]*)?$/s.exec(wanted) ?? [];
    let to = wanted;
    for (let n = 2; to !== '' && taken.has(to); n++) to = `${stem}-${n}${ending}`;
    all.push({ ...input, to });
  }
  return all;
}

/** The last part of an address's path, as a name for the file. */
export function nameOfAddress(address: string): string {
  try {
    const last = new URL(address).pathname.split('/').filter(Boolean).at(-1) ?? '';
    return decodeURIComponent(last).replaceAll('/', '_');
  } catch {
    return '';
  }
}
