import { Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError, answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import { Dialog } from '@/parts/Dialog';
import { ErrorView } from '@/parts/ProblemView';
import { account } from '@/strings/account';
import classes from './Account.module.css';

const s = account.addingKey;

/** In PEM, PuTTY's format or OpenSSH's own: seen here, so that it is never sent. What else is wrong the gateway says. */
const PRIVATE = /PRIVATE KEY ?-|PuTTY-User-Key-File-|b3BlbnNzaC1rZXktdjE/;

export function AddKey({ onClose }: { onClose(): void }) {
  const client = useQueryClient();
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [isPrivate, setPrivate] = useState(false);
  const add = useMutation({
    mutationFn: () => {
      const body = { public_key: text, ...(name.trim() && { name: name.trim() }) };
      return answer(api.POST('/api/v1/keys', { body }));
    },
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: keys.sshKeys });
    },
  });
  function typed(pasted: string): void {
    const refused = PRIVATE.test(pasted);
    setPrivate(refused);
    setText(refused ? '' : pasted);
    add.reset();
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    add.mutate();
  }
  const problem = add.error instanceof ApiError ? add.error.problem : undefined;
  const wrong = (field: string) => problem?.fields?.find((one) => one.field === field)?.detail;
  const [wrongKey, wrongName] = [wrong('public_key'), wrong('name')];
  const keyError = isPrivate ? s.isPrivate : wrongKey && s.wrongKey(wrongKey, problem?.remedy ?? '');
  return (
    <Dialog title={s.title} onClose={onClose}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <Textarea
            label={s.key}
            description={s.keyHint}
            placeholder={s.placeholder}
            value={text}
            error={keyError}
            rows={4}
            required
            spellCheck={false}
            autoComplete="off"
            data-autofocus
            classNames={{ input: classes.pasted ?? '' }}
            onChange={(event) => typed(event.currentTarget.value)}
          />
          <TextInput
            label={s.name}
            description={s.nameHint}
            value={name}
            error={wrongName && s.wrongName(wrongName)}
            maxLength={120}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {add.error && !wrongKey && !wrongName && <ErrorView error={add.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={add.isPending} disabled={text.trim() === ''}>
              {s.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
