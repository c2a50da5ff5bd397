import { ActionIcon, Button } from '@mantine/core';
import { Icon } from '@/parts/Icon';
import { newRunStrings } from '@/strings/new-run';
import { useField } from './context';
import classes from './Form.module.css';
import { Group } from './Group';
import { TextField } from './TextField';

const s = newRunStrings.form.outputs;

export function OutputFields() {
  const { value, set, error } = useField(['outputs']);
  const outputs = Array.isArray(value) ? value : [];
  return (
    <Group
      title={s.title}
      aside={
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => set([...outputs, { path: '' }])}
        >
          {s.add}
        </Button>
      }
    >
      {error && <p className={classes.error}>{error}</p>}
      {outputs.length === 0 && <p className={classes.none}>{s.none}</p>}
      {outputs.map((_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the gateway and the file name outputs by their place
        <fieldset key={i} className={classes.row} aria-label={s.row(i)} data-field={`outputs[${i}]`} tabIndex={-1}>
          <TextField path={['outputs', i, 'path']} label={s.path} hint={s.pathHint} required mono />
          <TextField path={['outputs', i, 'to']} label={s.to} hint={s.toHint} mono />
          <RemoveButton label={s.remove(i)} remove={() => set(withoutItem(outputs, i))} />
          <RowError field={['outputs', i]} />
        </fieldset>
      ))}
    </Group>
  );
}

export function withoutItem(items: unknown[], i: number): unknown[] | undefined {
  const rest = items.filter((_, other) => other !== i);
  return rest.length === 0 ? undefined : rest;
}

export function RemoveButton({ label, remove }: { label: string; remove: () => void }) {
  return (
    <ActionIcon
      className={classes.remove}
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      onClick={remove}
    >
      <Icon name="cross" size={16} />
    </ActionIcon>
  );
}

/** What is wrong with the whole row, as when a file has something else in its place. */
export function RowError({ field }: { field: (string | number)[] }) {
  const { error } = useField(field);
  return error ? <p className={classes.error}>{error}</p> : null;
}
