import { NativeSelect, SegmentedControl, Textarea } from '@mantine/core';
import { newRunStrings } from '@/strings/new-run';
import { getIn, isTable, type Path, setIn, type Value } from '../request/value';
import { readLine, shellWords, writeLine } from '../request/words';
import { useField, useForm, useReport } from './context';
import classes from './Form.module.css';
import { Group } from './Group';
import { TextField } from './TextField';
import { useTyped } from './useTyped';

const s = newRunStrings.form.what;

export function CommandFields() {
  const { value, set } = useForm();
  const inContainer = getIn(value, ['container']) !== undefined;
  const hasCommand = getIn(value, ['command']) !== undefined;

  function choose(mode: string): void {
    // The words move along: who typed a command first and thinks of the container later loses nothing.
    if ((mode === 'container') === inContainer) return;
    const words = getIn(value, inContainer ? ['container', 'command'] : ['command']);
    const bare = isTable(value) ? value : {};
    const without = setIn(setIn(bare, ['command'], undefined), ['container'], undefined) ?? {};
    const next =
      mode === 'container'
        ? setIn(without, ['container'], { image: '', ...(words === undefined ? {} : { command: words }) })
        : setIn(without, ['command'], words);
    set([], next);
  }

  return (
    <Group title={s.title}>
      <TextField path={['name']} label={s.name} hint={s.nameHint} />
      <div>
        <SegmentedControl
          aria-label={s.mode}
          value={inContainer ? 'container' : 'command'}
          onChange={choose}
          data={[
            { value: 'command', label: s.command },
            { value: 'container', label: s.container },
          ]}
        />
      </div>
      {inContainer && (
        <div className={classes.pair}>
          <TextField path={['container', 'image']} label={s.image} hint={s.imageHint} required mono />
          <NetworkField />
        </div>
      )}
      {inContainer ? (
        <LineField path={['container', 'command']} label={s.containerLine} hint={s.containerLineHint} />
      ) : (
        <LineField path={['command']} label={s.line} hint={s.lineHint} />
      )}
      {inContainer && hasCommand && <p className={classes.warning}>{s.both}</p>}
    </Group>
  );
}

function NetworkField() {
  const { value, set, error, field } = useField(['container', 'network']);
  return (
    <NativeSelect
      data-field={field}
      label={s.network}
      value={value === 'host' ? 'host' : 'none'}
      onChange={(event) => set(event.currentTarget.value === 'host' ? 'host' : undefined)}
      error={error}
      data={[
        { value: 'none', label: s.networkNone },
        { value: 'host', label: s.networkHost },
      ]}
    />
  );
}

const textsOf = (value: Value): string[] => (Array.isArray(value) ? value.map((word) => String(word)) : []);
const MOST_SHOWN = 60;

/** A line as in a shell, and below it the words that the program gets. */
function LineField({ path, label, hint }: { path: Path; label: string; hint: string }) {
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
        minRows={2}
        maxRows={12}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      />
      {forShell.length > 0 && words[0] !== 'sh' && (
        <p className={classes.warning}>
          <span>{s.shell(forShell)}</span>
          <button type="button" className={classes.textButton} onClick={() => set(['sh', '-c', line.trim()])}>
            {s.wrap}
          </button>
        </p>
      )}
      {words.length > 0 && (
        <div className={classes.words}>
          <span className={classes.wordsLabel}>{s.words}</span>
          <ol aria-label={s.words}>
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
