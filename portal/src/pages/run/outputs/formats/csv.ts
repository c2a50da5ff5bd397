// Comma and tab separated values, piece by piece, within limits. Quotes as RFC 4180 has them; lines of unequal length
// are what they are.

const WIDEST = 500;
const LONGEST = 2000;

export class CsvReader {
  readonly rows: string[][] = [];
  /** The most cells of a row so far. */
  width = 0;
  readonly #separator: string;
  #row: string[] = [];
  #cell = '';
  #state: 'plain' | 'quoted' | 'quote' = 'plain';
  #begun = false;

  constructor(separator: string) {
    this.#separator = separator;
  }

  push(text: string): void {
    for (const character of text) {
      if (this.#state === 'quoted') {
        if (character === '"') this.#state = 'quote';
        else this.#add(character);
        continue;
      }
      if (character === '"' && this.#state === 'quote') {
        this.#add(character);
        this.#state = 'quoted';
      } else if (character === '"' && this.#cell === '') this.#state = 'quoted';
      else if (character === this.#separator) this.#endCell();
      else if (character === '\n') this.#endRow();
      else if (character !== '\r') {
        this.#state = 'plain';
        this.#add(character);
      }
      if (character !== '\n') this.#begun = true;
    }
  }

  /** What is left of a last line without a newline. */
  end(): void {
    if (this.#begun || this.#cell !== '') this.#endRow();
  }

  #add(character: string): void {
    this.#begun = true;
    if (this.#cell.length < LONGEST) this.#cell += character;
    else if (this.#cell.length === LONGEST) this.#cell += '…';
  }

  #endCell(): void {
    if (this.#row.length < WIDEST) this.#row.push(this.#cell);
    this.#cell = '';
    this.#state = 'plain';
  }

  #endRow(): void {
    this.#endCell();
    this.width = Math.max(this.width, this.#row.length);
    this.rows.push(this.#row);
    this.#row = [];
    this.#begun = false;
  }
}

/** The separator that the first line has most of, when the name does not say. */
export function separatorOf(path: string, beginning: string): string {
  if (/\.(tsv|tab)$/i.test(path)) return '\t';
  const line = beginning.split('\n', 1)[0] ?? '';
  const count = (separator: string) => line.split(separator).length;
  return [',', ';', '\t', '|'].reduce((best, one) => (count(one) > count(best) ? one : best));
}
