// The request being written: its file, and the value that the file says. The form shows the value.
import type { FileMistake, Format, Language } from '../file/language';
import { equal, type Table, type Value } from './value';

export interface Draft {
  format: Format;
  text: string;
  /** What the file says; while it cannot be read, what it last said. */
  value: Value;
  lines: Map<string, number>;
  mistake?: FileMistake;
  /** The run it was filled in from. */
  from?: string;
}

export const LARGEST_FILE = 1 << 20;

export const emptyDraft = (): Draft => ({ format: 'toml', text: '', value: {}, lines: new Map() });

/** After typing in the file. */
export function withText(draft: Draft, language: Language, text: string): Draft {
  const { mistake: _, ...rest } = draft;
  const read = language.read(text);
  if ('mistake' in read) return { ...rest, text, mistake: read.mistake };
  // The same value stays the same object: nothing that depends on it begins anew because of a space.
  const value = equal(read.value, draft.value) ? draft.value : read.value;
  return { ...rest, text, value, lines: read.lines };
}

/** After typing in the form: the file is rewritten, as little of it as possible. */
export function withValue(draft: Draft, language: Language, value: Value): Draft {
  return withText(draft, language, language.write(value, draft.mistake ? '' : draft.text));
}

/** In another language. Its comments cannot come along. */
export function withFormat(draft: Draft, language: Language, format: Format): Draft {
  return withText({ ...draft, format }, language, language.write(draft.value));
}

export const isEmpty = (draft: Draft): boolean =>
  draft.mistake === undefined && Object.keys((draft.value ?? {}) as Table).length === 0;
