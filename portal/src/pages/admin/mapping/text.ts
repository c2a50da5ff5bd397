// The mapping as text, in the form that the command line prints and takes.
import type { Rule } from '@/api/types';
import { admin } from '@/strings/admin';
import { toml } from '../../new-run/file/toml';
import { pairText } from '../../new-run/file/toml-text';
import { isTable, type Table, type Value } from '../../new-run/request/value';

const s = admin.missing;

export interface TextMistake {
  /** From 1. */
  line: number;
  text: string;
}

export interface ReadText {
  /** Absent when there is a mistake. */
  rules?: Rule[];
  mistakes: TextMistake[];
  /** In which line a field stands: `rules[3].group` is 14. */
  lines: Map<string, number>;
}

const FIELDS = ['issuer', 'claim', 'group', 'role', 'authority', 'gives'] as const;

export function writeRules(rules: Rule[]): string {
  const blocks = rules.map((rule) => {
    const pairs = FIELDS.filter(
      (field) => rule[field] !== undefined && !(field === 'authority' && rule[field] === 'any'),
    );
    return ['[[rules]]', ...pairs.map((field) => pairText(field, rule[field]))].join('\n');
  });
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`;
}

/** Only the form is looked at, so that each mistake has its line; what names mean is the gateway's to judge. */
export function readRules(text: string): ReadText {
  const read = toml.read(text);
  if ('mistake' in read) {
    return { mistakes: [{ line: read.mistake.line, text: read.mistake.detail }], lines: new Map() };
  }
  const mistakes: TextMistake[] = [];
  const add = (field: string, text: string) => mistakes.push({ line: read.lines.get(field) ?? 1, text });
  const top = isTable(read.value) ? read.value : {};
  for (const key of Object.keys(top)) if (key !== 'rules') add(key, s.unknownTop);
  const items = top['rules'] ?? [];
  if (!Array.isArray(items)) add('rules', s.notATable);
  const rules = (Array.isArray(items) ? items : []).map((item: Value, index) => {
    const at = `rules[${index}]`;
    if (!isTable(item)) {
      add(at, s.notATable);
      return undefined;
    }
    return ruleOf(item, (field, text) => add(read.lines.has(`${at}.${field}`) ? `${at}.${field}` : at, text));
  });
  if (mistakes.length > 0) return { mistakes, lines: read.lines };
  return { rules: rules.filter((rule) => rule !== undefined), mistakes, lines: read.lines };
}

const isNamed = (value: Value, ...keys: string[]): boolean =>
  isTable(value) &&
  Object.keys(value).length === 1 &&
  keys.some((key) => Object.hasOwn(value, key) && typeof value[key] === 'string');

const IS: Record<(typeof FIELDS)[number], (value: Value) => boolean> = {
  issuer: (value) => value === 'any' || isNamed(value, 'exactly'),
  claim: (value) => value === 'entitlements' || value === 'wlcg.groups' || value === 'groups',
  group: (value) => isNamed(value, 'exactly', 'with_subgroups'),
  role: (value) => value === 'any' || value === 'none' || isNamed(value, 'exactly'),
  authority: (value) => value === 'any' || isNamed(value, 'exactly'),
  gives: (value) => value === 'administrator' || isNamed(value, 'member_of', 'manager_of'),
};

function ruleOf(item: Table, add: (field: string, text: string) => void): Rule | undefined {
  let isRight = true;
  const wrong = (field: string, text: string) => {
    isRight = false;
    add(field, text);
  };
  for (const key of Object.keys(item)) {
    if (!FIELDS.some((field) => field === key)) wrong(key, `${key}: ${s.unknownField}`);
  }
  for (const field of FIELDS) {
    if (!Object.hasOwn(item, field)) {
      if (field !== 'authority') wrong(field, `${field}: ${s.field}`);
    } else if (!IS[field](item[field])) wrong(field, `${field} ${s[field]}`);
  }
  return isRight ? (item as unknown as Rule) : undefined;
}
