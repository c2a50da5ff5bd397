import { useState } from 'react';
import { equal, type Value } from '../request/value';

/**
 * The text of a field whose value is not that text: `2.` while 2.5 is typed, a command line while its words are what
 * counts. What is typed stays as long as it means the value; when the value changes otherwise, so does the text.
 */
export function useTyped<T>(value: Value, read: (typed: T) => Value, write: (value: Value) => T): [T, (typed: T) => T] {
  const [typed, setTyped] = useState<T>(() => write(value));
  const [meant, setMeant] = useState<Value>(value);
  let shown = typed;
  if (!equal(value, meant) && !equal(value, read(typed))) {
    shown = write(value);
    setTyped(() => shown);
    setMeant(value);
  }
  return [
    shown,
    (next) => {
      setTyped(() => next);
      setMeant(read(next));
      return next;
    },
  ];
}
