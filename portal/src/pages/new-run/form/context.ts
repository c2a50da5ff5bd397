// What every field of the form needs: its value, its mistake, and how to change it.
import { createContext, useContext, useEffect } from 'react';
import { fieldOf, getIn, type Path, type Value } from '../request/value';

export interface FormContext {
  value: Value;
  set(path: Path, value: Value): void;
  /** What is wrong at a field, by the gateway's name for it. */
  mistakeAt(field: string): string | undefined;
  /** What is typed there and is no value yet: an open quote, a name that is there twice. */
  report(field: string, detail: string | undefined): void;
}

const Context = createContext<FormContext | undefined>(undefined);
export const FormProvider = Context.Provider;

export function useForm(): FormContext {
  const form = useContext(Context);
  if (!form) throw new Error('FormProvider is missing');
  return form;
}

export interface Field {
  value: Value;
  set(value: Value): void;
  error: string | undefined;
  /** Its name, for the list of mistakes to find it. */
  field: string;
}

export function useField(path: Path): Field {
  const form = useForm();
  const field = fieldOf(path);
  return {
    value: getIn(form.value, path),
    set: (value) => form.set(path, value),
    error: form.mistakeAt(field),
    field,
  };
}

/** Says what is wrong with what is typed, for as long as it is. */
export function useReport(field: string, detail: string | undefined): void {
  const { report } = useForm();
  useEffect(() => {
    report(field, detail);
    return () => report(field, undefined);
  }, [report, field, detail]);
}

/** Texts and numbers as a field shows them; what a file has there that is neither, as JSON. */
export function shownText(value: Value): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
