// Values as TOML.
import { isTable, quoted, type Table, type Value } from '../request/value';

const BARE = /^[A-Za-z0-9_-]+$/;
const WIDTH = 90;

export const keyText = (key: string): string => (BARE.test(key) ? key : stringText(key));

const stringText = (text: string): string =>
  quoted(text, (code) =>
    code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`,
  );

/** A value on one line, or a list on several when it would be a long one. */
export function valueText(value: Value, width = WIDTH): string {
  if (typeof value === 'string') return stringText(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const items = value.map((item) => valueText(item, Number.POSITIVE_INFINITY));
    const line = `[${items.join(', ')}]`;
    return line.length <= width ? line : `[\n${items.map((item) => `    ${item},\n`).join('')}]`;
  }
  if (isTable(value)) {
    const pairs = pairsOf(value).map(([key, item]) => `${keyText(key)} = ${valueText(item, Number.POSITIVE_INFINITY)}`);
    return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
  }
  return numberText(value);
}

function numberText(value: Value): string {
  if (typeof value !== 'number') return String(value);
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  // `1e21` has no point and would still be read as a float; `1e+21` too.
  return String(value);
}

/** TOML has no null: what is null is not there. */
function pairsOf(table: Table): [string, Value][] {
  return Object.entries(table).filter(([, value]) => value !== undefined && value !== null);
}

export const pairText = (key: string, value: Value): string => `${keyText(key)} = ${valueText(value)}`;

export function tableLines(table: Table): string[] {
  return pairsOf(table).flatMap(([key, value]) => pairText(key, value).split('\n'));
}

/** The whole file from nothing: what is no table first, as TOML wants it. */
export function fileText(value: Table): string {
  const pairs = pairsOf(value);
  const plain = pairs.filter(([, item]) => !isTable(item)).map(([key, item]) => pairText(key, item));
  const tables = pairs.flatMap(([key, item]) =>
    isTable(item) ? [[`[${keyText(key)}]`, ...tableLines(item)].join('\n')] : [],
  );
  const blocks = plain.length > 0 ? [plain.join('\n'), ...tables] : tables;
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`;
}
