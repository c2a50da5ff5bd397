import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '@/api/client';
import { glanceQuery, keys } from '@/api/queries';
import type { OutputFile, Run } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format, strings } from '@/strings';
import { newRunStrings } from '@/strings/new-run';
import type { Table } from '../request/value';
import classes from './Inputs.module.css';
import { inputOf, runSource } from './sources';

const s = newRunStrings.form.picker;
const NEWEST = 100;
const MOST_FILES = 1_000;

interface Props {
  opened: boolean;
  close: () => void;
  add: (inputs: Table[]) => void;
}

export function RunPicker({ opened, close, add }: Props) {
  if (!opened) return null;
  return (
    <Dialog title={s.title} onClose={close}>
      <Picking
        add={(inputs) => {
          add(inputs);
          close();
        }}
      />
    </Dialog>
  );
}

function Picking({ add }: { add: (inputs: Table[]) => void }) {
  const runs = useQuery(glanceQuery({}, NEWEST));
  const [id, setId] = useState('');
  if (runs.error) return <ErrorView error={runs.error} retry={runs.refetch} />;
  if (!runs.data) return <Loading />;
  if (runs.data.items.length === 0) return <p>{s.noRuns}</p>;
  const run = runs.data.items.find((one) => one.id === id);
  const said = (one: Run) => s.option(one.name, one.id, strings.outcome[one.outcome ?? 'done']);
  // Outputs of a run that failed cannot be used; one that goes on is waited for.
  const usable = runs.data.items.filter((one) => one.outcome == null || one.outcome === 'done');
  return (
    <div className={classes.picker}>
      <NativeSelect
        label={s.run}
        description={s.chooseHint}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
        autoFocus
        data={[
          { value: '', label: s.choose },
          ...usable.map((one) => ({
            value: one.id,
            label: one.outcome == null ? s.option(one.name, one.id, strings.state[one.state]) : said(one),
          })),
        ]}
      />
      {run && (run.outcome == null ? <FutureFile run={run} add={add} /> : <Files key={run.id} run={run} add={add} />)}
    </div>
  );
}

function FutureFile({ run, add }: { run: Run; add: (inputs: Table[]) => void }) {
  const [path, setPath] = useState('');
  function submit(event: FormEvent): void {
    event.preventDefault();
    // The form around the dialog is not what is submitted.
    event.stopPropagation();
    if (path !== '') add([{ from: runSource(run.id, path, run.elements.total > 1 ? 0 : undefined), to: path }]);
  }
  return (
    <form className={classes.picker} onSubmit={submit}>
      <p>{s.unended}</p>
      <TextInput
        label={s.file}
        value={path}
        onChange={(event) => setPath(event.currentTarget.value)}
        autoComplete="off"
      />
      <Button type="submit" disabled={path === ''}>
        {s.add(path === '' ? 0 : 1)}
      </Button>
    </form>
  );
}

function Files({ run, add }: { run: Run; add: (inputs: Table[]) => void }) {
  const outputs = useQuery({
    queryKey: [...keys.run(run.id), 'outputs', 'picker'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/runs/{id}/outputs', {
          params: { path: { id: run.id }, query: { limit: MOST_FILES } },
          signal,
        }),
      ),
  });
  const [chosen, setChosen] = useState<ReadonlySet<OutputFile>>(new Set());
  if (outputs.error) return <ErrorView error={outputs.error} retry={outputs.refetch} />;
  if (!outputs.data) return <Loading />;
  const files = outputs.data.items;
  if (files.length === 0) return <p>{s.noFiles}</p>;
  const isArray = run.elements.total > 1;

  function toggle(file: OutputFile): void {
    const next = new Set(chosen);
    if (!next.delete(file)) next.add(file);
    setChosen(next);
  }
  return (
    <>
      <fieldset className={classes.files}>
        <legend>{s.files}</legend>
        {files.map((file) => (
          <Checkbox
            key={`${file.element}/${file.path}`}
            checked={chosen.has(file)}
            onChange={() => toggle(file)}
            label={<bdi>{file.path}</bdi>}
            description={isArray ? `${s.element(file.element)}, ${format.bytes(file.bytes)}` : format.bytes(file.bytes)}
          />
        ))}
      </fieldset>
      {outputs.data.next != null && <p>{s.more(MOST_FILES)}</p>}
      <Button
        disabled={chosen.size === 0}
        onClick={() => add(files.filter((file) => chosen.has(file)).map((file) => inputOf(run.id, file, isArray)))}
      >
        {s.add(chosen.size)}
      </Button>
    </>
  );
}
