import { Button, NativeSelect } from '@mantine/core';
import { Icon } from '@/parts/Icon';
import { LANGUAGES, languageOf } from '@/parts/workflow';
import { newRunStrings } from '@/strings/new-run';
import { workflowStrings } from '@/strings/workflow';
import { getIn, isTable, type Value } from '../request/value';
import { shownText, useField, useForm } from './context';
import classes from './Form.module.css';
import { Group } from './Group';
import { LineField } from './LineField';
import { TextField } from './TextField';

const s = newRunStrings.form.workflow;

/** A workflow file among the inputs, which its language's engine carries out. */
export function WorkflowFields() {
  const form = useForm();
  const { value, set, error } = useField(['workflow']);
  const destinations = destinationsOf(getIn(form.value, ['inputs']));
  const isThere = value !== undefined && value !== null;
  const add = () => set({ file: destinations.find((to) => languageOf(to) !== undefined) ?? '' });
  return (
    <Group
      title={s.title}
      aside={
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name={isThere ? 'cross' : 'plus'} size={14} />}
          onClick={isThere ? () => set(undefined) : add}
        >
          {isThere ? s.remove : s.add}
        </Button>
      }
    >
      {error && <p className={classes.error}>{error}</p>}
      {!isThere && <p className={classes.none}>{s.none}</p>}
      {isTable(value) && (
        <>
          <div className={classes.pair}>
            <TextField
              path={['workflow', 'file']}
              label={s.file}
              hint={s.fileHint}
              list="new-run-workflow-files"
              required
              mono
            />
            <LanguageField file={shownText(value['file'])} />
          </div>
          <LineField path={['workflow', 'arguments']} label={s.arguments} hint={s.argumentsHint} isProgram={false} />
        </>
      )}
      <datalist id="new-run-workflow-files">
        {destinations.map((to) => (
          <option key={to} value={to} />
        ))}
      </datalist>
    </Group>
  );
}

function LanguageField({ file }: { file: string }) {
  const { value, set, error, field } = useField(['workflow', 'language']);
  const shown = shownText(value);
  const told = languageOf(file);
  const names = LANGUAGES.map((one) => ({ value: one as string, label: workflowStrings.languages[one] }));
  // What a file says and nobody knows stays to be seen, beside what is wrong with it.
  const unknown = shown === '' || names.some((one) => one.value === shown) ? [] : [{ value: shown, label: shown }];
  return (
    <NativeSelect
      data-field={field}
      label={s.language}
      description={s.languageHint}
      value={shown}
      onChange={(event) => set(event.currentTarget.value || undefined)}
      error={error}
      data={[{ value: '', label: told ? s.told(workflowStrings.languages[told]) : s.untold }, ...names, ...unknown]}
    />
  );
}

function destinationsOf(inputs: Value): string[] {
  const all = Array.isArray(inputs) ? inputs.map((input) => getIn(input, ['to'])) : [];
  return [...new Set(all.filter((to) => typeof to === 'string'))].filter((to) => to !== '');
}
