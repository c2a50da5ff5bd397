// A command line and its words. The quoting is a shell's, and nothing else is: no shell reads the words, so `$HOME`,
// `*` and `|` are passed to the program as they stand.

export interface Line {
  words: string[];
  /** The quote that was opened and never closed. */
  open?: '"' | "'";
}

/** Inside double quotes a backslash is only special before these. */
const ESCAPED = new Set(['"', '\\', '$', '`']);

/** An unclosed quote is read as if it ended with the line. */
export function readLine(line: string): Line {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    const next = line.charAt(i + 1);
    if (quote === "'") {
      if (c === "'") quote = undefined;
      else word = (word ?? '') + c;
    } else if (c === '\\' && next !== '' && (quote === undefined || ESCAPED.has(next) || next === '\n')) {
      // A backslash at the end of a line joins it with the next one.
      if (next !== '\n') word = (word ?? '') + next;
      i++;
    } else if (quote === '"') {
      if (c === '"') quote = undefined;
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (word !== undefined) words.push(word);
  return quote === undefined ? { words } : { words, open: quote };
}

const PLAIN = /^[\w@%+=:,./{}^~-]+$/;

/** The line that reads back as these words. */
export function writeLine(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Words that a shell would have acted on, and which therefore surprise who wrote them. */
export function shellWords(line: string): string[] {
  // What stands in quotes was meant literally.
  const bare = line.replace(/'[^']*'|"(?:[^"\\]|\\.)*"|\\./gs, '_');
  const found = bare.match(/\|\|?|&&?|;|>>?|<|\$\(|\$\w+|`|(?<=\s|^)\S*[*?]\S*/g) ?? [];
  return [...new Set(found)];
}
