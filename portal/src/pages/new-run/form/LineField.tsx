import { Textarea } from '@mantine/core';
import { newRunStrings } from '@/strings/new-run';
import type { Path, Value } from '../request/value';
import { readLine, shellWords, writeLine } from '../request/words';
import { useField, useReport } from './context';
import classes from './Form.module.css';
import { useTyped } from './useTyped';

const s = newRunStrings.form.what;

const textsOf = (value: Value): string[] => (Array.isArray(value) ? value.map((word) => String(word)) : []);
const MOST_SHOWN = 60;

interface Props {
  path: Path;
  label: string;
  hint: string;
  /** Whether its first word is what is executed: then a shell can be put before it. */
  isProgram?: boolean;
}

/** A line as in a shell, and below it the words that the program gets. */
export function LineField({ path, label, hint, isProgram = true }: Props) {
  const { value, set, error, field } = useField(path);
  const read = (line: string): Value => {
    const { words } = readLine(line);
    return words.length === 0 ? undefined : words;
  };
  const [line, setLine] = useTyped(value, read, (words) => writeLine(textsOf(words)));
  const { words, open } = readLine(line);
  useReport(field, open && s.open(open));
  const forShell = shellWords(line);

  return (
    <div>
      <Textarea
        data-field={field}
        label={label}
        description={hint}
        value={line}
        onChange={(event) => set(read(setLine(event.currentTarget.value)))}
        error={error}
        autosize
        minRows={isProgram ? 2 : 1}
        maxRows={12}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      {forShell.length > 0 && words[0] !== 'sh' && (
        <p className={classes.warning}>
          <span>{s.shell(forShell)}</span>
          {isProgram && (
            <button type="button" className={classes.textButton} onClick={() => set(['sh', '-c', line.trim()])}>
              {s.wrap}
            </button>
          )}
        </p>
      )}
      {words.length > 0 && (
        <div className={classes.words}>
          <span className={classes.wordsLabel}>{s.words}</span>
          <ol aria-label={isProgram ? s.words : `${label}: ${s.words}`}>
            {words.slice(0, MOST_SHOWN).map((word, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: words have no identity but their place
              <li key={i}>{word === '' ? <em>{s.empty}</em> : <bdi>{word.slice(0, 400)}</bdi>}</li>
            ))}
          </ol>
          {words.length > MOST_SHOWN && <span>{s.moreWords(words.length - MOST_SHOWN)}</span>}
        </div>
      )}
    </div>
  );
}
