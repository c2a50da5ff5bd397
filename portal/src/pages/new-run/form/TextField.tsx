import { TextInput } from '@mantine/core';
import type { Path, Value } from '../request/value';
import { shownText, useField } from './context';
import { useTyped } from './useTyped';

interface Props {
  path: Path;
  label: string;
  hint?: string | undefined;
  placeholder?: string;
  /** Numbers are written as numbers, when they are. */
  number?: boolean;
  mono?: boolean;
  /** Rather this than nothing: the gateway wants it to be there. */
  required?: boolean;
  list?: string;
}

/** A field of the request that is one text or one number. Empty is not there. */
export function TextField({ path, label, hint, placeholder, number, mono, required, list }: Props) {
  const { value, set, error, field } = useField(path);
  const read = (text: string): Value => {
    if (text === '') return required ? '' : undefined;
    return number ? readNumber(text) : text;
  };
  const [typed, setTyped] = useTyped(value, read, shownText);
  return (
    <TextInput
      data-field={field}
      label={label}
      description={hint}
      placeholder={placeholder ?? ''}
      value={typed}
      onChange={(event) => set(read(setTyped(event.currentTarget.value)))}
      error={error}
      inputMode={number ? 'decimal' : 'text'}
      autoComplete="off"
      spellCheck={false}
      list={list}
      dir="auto"
      styles={mono ? { input: { fontFamily: 'var(--mantine-font-family-monospace)' } } : {}}
    />
  );
}

/** What is no number stays text: the mistake is then said at the field. */
export function readNumber(text: string): Value {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : text;
}
