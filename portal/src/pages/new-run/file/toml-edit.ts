// Changes a TOML file statement by statement, so that the rest of it, comments and all, stays as the person wrote it.
// Where that is not possible it gives up; the caller reads the result again, so a wrong edit cannot get through.
import { change, equal, isTable, type Table, type Value } from '../request/value';
import { type Statement, statementsOf } from './toml-statements';
import { keyText, pairText, tableLines, valueText } from './toml-text';

/** A `[table]`, or an `[[item]]` of a list, with its pairs; or the pairs before the first of them. */
interface Section {
  head: Statement | undefined;
  pairs: Statement[];
}

/** Lines to put in place of others. */
interface Edit {
  from: number;
  to: number;
  lines: string[];
}

export function edit(text: string, before: Table, after: Table): string | undefined {
  const sections = sectionsOf(statementsOf(text));
  const [root] = sections;
  if (root === undefined) return undefined;
  const edits: Edit[] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (equal(before[key], after[key])) continue;
    const own = sections.filter((section) => section.head?.name === key);
    const made =
      own.length > 0 ? inSections(own, before[key], after[key], key) : inRoot(root, sections, key, before, after);
    if (made === undefined) return undefined;
    edits.push(...made);
  }
  return apply(text, edits);
}

function sectionsOf(statements: Statement[]): Section[] {
  const sections: Section[] = [{ head: undefined, pairs: [] }];
  for (const statement of statements) {
    if (statement.is === 'pair') sections.at(-1)?.pairs.push(statement);
    else sections.push({ head: statement, pairs: [] });
  }
  return sections;
}

/** A pair of the root, or something that is not there yet. */
function inRoot(root: Section, sections: Section[], key: string, before: Table, after: Table): Edit[] | undefined {
  if (root.pairs.some((pair) => pair.name === key)) return inPairs(root, { [key]: before[key] }, { [key]: after[key] });
  if (Object.hasOwn(before, key)) return undefined;
  const value = after[key];
  const last = sections.at(-1);
  const end = last?.pairs.at(-1)?.to ?? last?.head?.to ?? 0;
  if (isTable(value)) return [{ from: end, to: end, lines: ['', `[${keyText(key)}]`, ...tableLines(value)] }];
  const at = root.pairs.at(-1)?.to;
  const lines = pairText(key, value).split('\n');
  if (at !== undefined) return [{ from: at, to: at, lines }];
  const first = sections[1]?.head?.from;
  return first === undefined ? undefined : [{ from: first, to: first, lines: [...lines, ''] }];
}

function inSections(own: Section[], before: Value, after: Value, key: string): Edit[] | undefined {
  const [only] = own;
  if (only?.head?.is === 'table') {
    if (own.length > 1) return undefined;
    if (after === undefined) return [wholeSection(only)];
    return isTable(before) && isTable(after) ? inPairs(only, before, after) : undefined;
  }
  if (!Array.isArray(before) || before.length !== own.length) return undefined;
  const items: Value[] = Array.isArray(after) ? after : [];
  if (!items.every(isTable)) return undefined;
  if (items.length === before.length) {
    return all(
      own.map((section, i) => (isTable(before[i]) ? inPairs(section, before[i], items[i] as Table) : undefined)),
    );
  }
  const { head, tail } = change(before, items);
  const gone = own.slice(head, own.length - tail).map(wholeSection);
  const fresh = items.slice(head, items.length - tail);
  if (fresh.length === 0) return gone;
  const earlier = own[head - 1] ?? own[0];
  if (earlier === undefined || head === 0) return undefined;
  const at = sectionEnd(earlier);
  return [
    ...gone,
    { from: at, to: at, lines: fresh.flatMap((item) => ['', `[[${keyText(key)}]]`, ...tableLines(item as Table)]) },
  ];
}

function inPairs(section: Section, before: Table, after: Table): Edit[] | undefined {
  const edits: (Edit[] | undefined)[] = [];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (equal(before[key], after[key])) continue;
    const pair = section.pairs.find((statement) => statement.name === key);
    const value = after[key];
    if (pair !== undefined && value !== undefined) edits.push([replaced(pair, key, value)]);
    else if (pair !== undefined) edits.push([{ from: pair.from, to: pair.to, lines: [] }]);
    else if (Object.hasOwn(before, key)) edits.push(undefined);
    else {
      const at = sectionEnd(section);
      edits.push([{ from: at, to: at, lines: pairText(key, value).split('\n') }]);
    }
  }
  return all(edits);
}

function replaced(pair: Statement, key: string, value: Value): Edit {
  // A list that stood on several lines keeps doing so.
  const several = pair.to - pair.from > 1 && Array.isArray(value) && value.length > 0;
  const lines = `${keyText(key)} = ${valueText(value, several ? 0 : undefined)}`.split('\n');
  return { from: pair.from, to: pair.to, lines: [...lines.slice(0, -1), `${lines.at(-1)}${pair.comment}`] };
}

const sectionEnd = (section: Section): number => section.pairs.at(-1)?.to ?? section.head?.to ?? 0;

const wholeSection = (section: Section): Edit => ({
  from: section.head?.from ?? 0,
  to: sectionEnd(section),
  lines: [],
});

function all(edits: (Edit[] | undefined)[]): Edit[] | undefined {
  return edits.some((edit) => edit === undefined) ? undefined : edits.flatMap((edit) => edit ?? []);
}

function apply(text: string, edits: Edit[]): string {
  const lines = text.split('\n');
  // From the end, so that the numbers of the lines before stay right; of two at one place, the first one made first.
  const ordered = edits.map((edit, i) => ({ ...edit, i })).sort((a, b) => b.from - a.from || b.to - a.to || b.i - a.i);
  for (const { from, to, lines: fresh } of ordered) lines.splice(from, to - from, ...fresh);
  return lines
    .join('\n')
    .replace(/^\n+/, '')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n*$/, '\n');
}
