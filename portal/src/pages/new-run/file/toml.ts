import { parse, TomlError } from 'smol-toml';
import { equal, fieldOf, fromEntries, isTable, type Table, type Value } from '../request/value';
import type { Language, Read } from './language';
import { edit } from './toml-edit';
import { statementsOf } from './toml-statements';
import { fileText } from './toml-text';

function read(text: string): Read {
  try {
    return { value: plain(parse(text)), lines: linesOf(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with a picture of the place, which is beside the text already.
    const [detail = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    return { mistake: { line: error.line, detail } };
  }
}

/** The reader's tables have no prototype; those of the other languages do, and one kind is enough. */
function plain(value: Value): Value {
  if (Array.isArray(value)) return value.map(plain);
  return isTable(value) ? fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)])) : value;
}

function linesOf(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const counts = new Map<string, number>();
  let prefix: (string | number)[] = [];
  for (const { is, name, from, items } of statementsOf(text)) {
    if (name === undefined) continue;
    if (is === 'pair') {
      lines.set(fieldOf([...prefix, name]), from + 1);
      for (const [i, line] of items.entries()) lines.set(fieldOf([...prefix, name, i]), line + 1);
      continue;
    }
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    prefix = is === 'item' ? [name, count] : [name];
    if (count === 0) lines.set(name, from + 1);
    lines.set(fieldOf(prefix), from + 1);
  }
  return lines;
}

function write(value: Value, before = ''): string {
  const wanted: Table = isTable(value) ? value : {};
  const old = read(before);
  if ('value' in old && isTable(old.value) && Object.keys(old.value).length > 0) {
    const edited = edit(before, old.value, wanted);
    if (edited !== undefined && same(edited, wanted)) return edited;
  }
  // What stands above everything is about the whole file.
  const [, header = ''] = /^((?:[ \t]*#.*\n)*)/.exec(before) ?? [];
  return header + fileText(wanted);
}

function same(text: string, value: Value): boolean {
  const again = read(text);
  return 'value' in again && equal(again.value, value);
}

export const toml: Language = { read, write };
