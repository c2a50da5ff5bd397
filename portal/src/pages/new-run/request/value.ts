// A request as its file holds it: any value that TOML, YAML and JSON can write, whether or not a request may have it.
// What the form does not know stays in here untouched, so editing one field never loses another.

export type Value = unknown;
export type Table = Record<string, Value>;
export type Path = readonly (string | number)[];

export function isTable(value: Value): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function getIn(value: Value, path: Path): Value {
  let here = value;
  for (const step of path) {
    if (Array.isArray(here)) here = here[step as number];
    else if (isTable(here) && Object.hasOwn(here, String(step))) here = here[String(step)];
    else return undefined;
  }
  return here;
}

/** The value with one place changed; `undefined` takes it away, and with it the tables that become empty by that. */
export function setIn(value: Value, path: Path, next: Value): Value {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (typeof step === 'number') {
    const items = Array.isArray(value) ? [...value] : [];
    const item = setIn(items[step], rest, next);
    if (item === undefined) items.splice(step, 1);
    else items[step] = item;
    return items.length === 0 ? undefined : items;
  }
  const entries = isTable(value) ? Object.entries(value) : [];
  const item = setIn(isTable(value) && Object.hasOwn(value, step) ? value[step] : undefined, rest, next);
  const at = entries.findIndex(([key]) => key === step);
  if (item === undefined) {
    if (at >= 0) entries.splice(at, 1);
  } else if (at >= 0) entries[at] = [step, item];
  else entries.push([step, item]);
  return entries.length === 0 ? undefined : fromEntries(entries);
}

/** Unlike assignment, this makes `__proto__` a key like any other. */
export const fromEntries = (entries: [string, Value][]): Table => Object.fromEntries(entries);

export function equal(a: Value, b: Value): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && a.toISOString() === b.toISOString();
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isTable(a) || !isTable(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/** How the gateway names a place: `inputs[2].to`. */
export function fieldOf(path: Path): string {
  let field = '';
  for (const step of path) {
    if (typeof step === 'number') field += `[${step}]`;
    else field += field === '' ? step : `.${step}`;
  }
  return field;
}

/** What is alike at the beginning and at the end of two lists: between them lies the change. */
export function change(before: readonly Value[], after: readonly Value[]): { head: number; tail: number } {
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && equal(before[head], after[head])) head++;
  let tail = 0;
  while (tail < most - head && equal(before[before.length - 1 - tail], after[after.length - 1 - tail])) tail++;
  return { head, tail };
}

/** Text in double quotes with what cannot be seen escaped, so that a name cannot look like another one. */
export function quoted(text: string, write: (code: number) => string): string {
  return JSON.stringify(text).replace(/[\p{Cf}\u007f\u2028\u2029]/gu, (c) => write(c.codePointAt(0) ?? 0));
}
