import { Button, TextInput } from '@mantine/core';
import { Icon } from '@/parts/Icon';
import { newRunStrings } from '@/strings/new-run';
import { looksSecret } from '../request/secrets';
import { fromEntries, isTable, type Value } from '../request/value';
import { shownText, useField, useForm, useReport } from './context';
import classes from './Form.module.css';
import { Group } from './Group';
import { RemoveButton } from './OutputFields';
import { useTyped } from './useTyped';

const s = newRunStrings.form.env;
type Row = [name: string, value: Value];

/** Rows while they are typed: two of one name, and one without a name, are no table yet. */
const readRows = (rows: Row[]): Value => {
  const named = rows.filter(([name]) => name !== '');
  return named.length === 0 ? undefined : fromEntries(named);
};
const writeRows = (value: Value): Row[] => (isTable(value) ? Object.entries(value) : []);

/** As the gateway names it: long and odd names are shortened in a problem. */
const fieldName = (name: string): string =>
  `env.${[...name]
    .filter((c) => !/\p{Cc}/u.test(c))
    .slice(0, 60)
    .join('')}`;

export function EnvFields() {
  const { value, set, error } = useField(['env']);
  const { mistakeAt } = useForm();
  const [rows, setRows] = useTyped<Row[]>(value, readRows, writeRows);
  const change = (next: Row[]) => set(readRows(setRows(next)));
  const names = rows.map(([name]) => name);
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  const nameless = rows.some(([name, item]) => name === '' && item !== '');
  useReport('env', twice !== undefined ? s.twice(twice) : nameless ? s.nameless : undefined);

  return (
    <Group
      title={s.title}
      aside={
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => change([...rows, ['', '']])}
        >
          {s.add}
        </Button>
      }
    >
      {error && (
        <p className={classes.error} data-field="env" tabIndex={-1}>
          {error}
        </p>
      )}
      {rows.length === 0 && <p className={classes.none}>{s.none}</p>}
      {rows.map(([name, item], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a variable's name changes while it is typed
        <fieldset key={i} className={classes.row} aria-label={s.row(i)}>
          <TextInput
            label={s.name}
            value={name}
            onChange={(event) => change(rows.with(i, [event.currentTarget.value, item]))}
            error={name !== '' && mistakeAt(fieldName(name))}
            data-field={fieldName(name)}
            autoComplete="off"
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
          <TextInput
            label={s.value}
            value={shownText(item)}
            onChange={(event) => change(rows.with(i, [name, event.currentTarget.value]))}
            autoComplete="off"
            spellCheck={false}
            dir="auto"
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
          <RemoveButton label={s.remove(i)} remove={() => change(rows.toSpliced(i, 1))} />
          {looksSecret(name) && (
            <p className={classes.warning} role="note">
              {s.secret}
            </p>
          )}
        </fieldset>
      ))}
    </Group>
  );
}
