import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '@/api/client';
import type { PersonView } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import { plain } from '../../run/visible';
import classes from '../Admin.module.css';
import { keys } from '../queries';

/** As long as the gateway takes. */
const LONGEST = 120;

/** Puts somebody out, or lets them in again; both ask first. Nobody does it to themselves. */
export function Suspending({ person, isMe }: { person: PersonView; isMe: boolean }) {
  const [asking, setAsking] = useState(false);
  if (isMe) return <span className={classes.soft}>{admin.you}</span>;
  const s = person.suspended_at ? admin.restore : admin.suspend;
  const name = plain(person.name, 60);
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={s.of(name)} onClick={() => setAsking(true)}>
        {s.act}
      </Button>
      {asking && (
        <Dialog title={s.title(name)} onClose={() => setAsking(false)}>
          {person.suspended_at ? (
            <Restore person={person} onClose={() => setAsking(false)} />
          ) : (
            <Suspend person={person} onClose={() => setAsking(false)} />
          )}
        </Dialog>
      )}
    </>
  );
}

interface Props {
  person: PersonView;
  onClose(): void;
}

function useChange(onClose: () => void, change: () => Promise<PersonView>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.people });
      onClose();
    },
  });
}

function Suspend({ person, onClose }: Props) {
  const s = admin.suspend;
  const [because, setBecause] = useState('');
  const path = { id: person.id };
  const suspend = useChange(onClose, () =>
    answer(api.POST('/api/v1/admin/people/{id}/suspend', { params: { path }, body: { because: because.trim() } })),
  );
  function submit(event: FormEvent): void {
    event.preventDefault();
    suspend.mutate();
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <p className={classes.nothing}>{s.text}</p>
        <TextInput
          label={s.because}
          description={s.becauseHint}
          value={because}
          maxLength={LONGEST}
          required
          data-autofocus
          onChange={(event) => setBecause(event.currentTarget.value)}
        />
        {suspend.error && <ErrorView error={suspend.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {s.no}
          </Button>
          <Button type="submit" color="buoy" loading={suspend.isPending} disabled={because.trim() === ''}>
            {s.yes}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Restore({ person, onClose }: Props) {
  const s = admin.restore;
  const path = { id: person.id };
  const restore = useChange(onClose, () => answer(api.POST('/api/v1/admin/people/{id}/restore', { params: { path } })));
  return (
    <Stack gap="md">
      <p className={classes.nothing}>{s.text}</p>
      {person.suspended_because && <p className={classes.nothing}>{s.because(plain(person.suspended_because))}</p>}
      {restore.error && <ErrorView error={restore.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {s.no}
        </Button>
        <Button loading={restore.isPending} onClick={() => restore.mutate()} data-autofocus>
          {s.yes}
        </Button>
      </Group>
    </Stack>
  );
}
