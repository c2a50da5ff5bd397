import { Button, Group, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/api/client';
import type { Quota } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import classes from '../Admin.module.css';
import { keys } from '../queries';
import table from './Quotas.module.css';

const s = admin.quotas;
export const WHAT = ['runs', 'cores', 'accelerators'] as const;

/** For whom something is decided: one who is in the list, or another by name. */
export interface Chosen {
  kind: 'person' | 'community';
  /** Undefined: still to be said. */
  id?: string;
  name?: string;
  decided: Quota;
}

/** Undefined for what is no number; an empty field is none decided. */
function read(text: string, isWhole: boolean): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && (!isWhole || Number.isInteger(value)) ? value : undefined;
}

/** What is left out of it is as for all. */
export function Decide({ chosen, onClose }: { chosen: Chosen; onClose(): void }) {
  const client = useQueryClient();
  const { kind } = chosen;
  const [id, setId] = useState(chosen.id ?? '');
  const [texts, setTexts] = useState(() => ({
    runs: String(chosen.decided.runs ?? ''),
    cores: String(chosen.decided.cores ?? ''),
    accelerators: String(chosen.decided.accelerators ?? ''),
  }));
  const values = {
    runs: read(texts.runs, true),
    cores: read(texts.cores, false),
    accelerators: read(texts.accelerators, true),
  };
  const isReadable = WHAT.every((what) => values[what] !== undefined);
  const decide = useMutation({
    mutationFn: () => {
      const body = {
        runs: values.runs ?? null,
        cores: values.cores ?? null,
        accelerators: values.accelerators ?? null,
      };
      return kind === 'person'
        ? answer(api.PUT('/api/v1/admin/quotas/people/{id}', { params: { path: { id: id.trim() } }, body }))
        : answer(api.PUT('/api/v1/admin/quotas/communities/{name}', { params: { path: { name: id.trim() } }, body }));
    },
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: keys.quotas });
    },
  });
  return (
    <Dialog title={chosen.name ? s.title(chosen.name) : s.titles[kind]} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReadable && id.trim() !== '') decide.mutate();
        }}
      >
        <p className={classes.small}>{s.hint}</p>
        {chosen.id === undefined && (
          <TextInput
            data-autofocus
            mb="sm"
            label={s.ids[kind]}
            description={s.idHints[kind]}
            value={id}
            onChange={(event) => setId(event.currentTarget.value)}
          />
        )}
        <div className={table.fields}>
          {WHAT.map((what) => (
            <TextInput
              key={what}
              label={s.what[what]}
              placeholder={s.asForAll}
              inputMode="decimal"
              value={texts[what]}
              error={values[what] === undefined && s.noNumber}
              onChange={(event) => setTexts({ ...texts, [what]: event.currentTarget.value })}
            />
          ))}
        </div>
        {decide.error && <ErrorView error={decide.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {s.keep}
          </Button>
          <Button type="submit" loading={decide.isPending} disabled={!isReadable || id.trim() === ''}>
            {s.decide}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
