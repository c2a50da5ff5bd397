// A TOML file as its statements, so that one of them can be changed and the others, with their comments, stay as they
// are. This is no reader: it only has to find where statements begin and end in text that a reader accepted.

export interface Statement {
  is: 'pair' | 'table' | 'item';
  /** Of a pair its key, of a `[table]` or `[[item]]` its name; undefined when dotted or quoted. */
  name: string | undefined;
  /** Lines from 0, the last one excluded. */
  from: number;
  to: number;
  /** A comment behind a value on one line, with the space before it. */
  comment: string;
  /** Where the items of a list begin, when the value is one. */
  items: number[];
}

const BARE = /^[A-Za-z0-9_-]+$/;

export function statementsOf(text: string): Statement[] {
  const lines = text.split('\n');
  const statements: Statement[] = [];
  for (let line = 0; line < lines.length; ) {
    const first = (lines[line] ?? '').trim();
    if (first === '' || first.startsWith('#')) {
      line++;
      continue;
    }
    const extent = scan(lines, line);
    statements.push({ ...nameOf(first), from: line, ...extent });
    line = extent.to;
  }
  return statements;
}

function nameOf(first: string): Pick<Statement, 'is' | 'name'> {
  const [, opening = '', header] = /^(\[\[?)\s*([^\]]*?)\s*\]/.exec(first) ?? [];
  const is = opening === '' ? 'pair' : opening === '[' ? 'table' : 'item';
  const name = header ?? first.slice(0, first.indexOf('=')).trim();
  return { is, name: BARE.test(name) ? name : undefined };
}

/** From a statement's first line to the end of it: through strings of several lines and open brackets. */
function scan(lines: string[], from: number): Pick<Statement, 'to' | 'comment' | 'items'> {
  let depth = 0;
  let quote = '';
  let comment = '';
  let expectsItem = false;
  const items: number[] = [];
  for (let line = from; line < lines.length; line++) {
    const text = lines[line] ?? '';
    for (let i = 0; i < text.length; i++) {
      const c = text.charAt(i);
      if (quote !== '') {
        if (c === '\\' && quote.startsWith('"')) i++;
        else if (text.startsWith(quote, i)) {
          i += quote.length - 1;
          quote = '';
        }
        continue;
      }
      if (c === '#') {
        const kept = text.slice(0, i).trimEnd().length;
        if (line === from) comment = text.slice(kept);
        break;
      }
      if (expectsItem && c.trim() !== '' && c !== ']') {
        items.push(line);
        expectsItem = false;
      }
      if (c === '"' || c === "'") {
        quote = text.startsWith(c.repeat(3), i) ? c.repeat(3) : c;
        i += quote.length - 1;
      } else if (c === '[' || c === '{') {
        depth++;
        expectsItem = depth === 1 && c === '[' && text.slice(0, i).includes('=');
      } else if (c === ']' || c === '}') depth--;
      else if (c === ',' && depth === 1) expectsItem = true;
    }
    // Only the long strings go on in the next line.
    if (quote.length === 1) quote = '';
    if (depth <= 0 && quote === '') return { to: line + 1, comment: line === from ? comment : '', items };
  }
  return { to: lines.length, comment: '', items };
}
