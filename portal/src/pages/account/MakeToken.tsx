import { Button, Group, NativeSelect, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { MadeToken, Scope } from '@/api/types';
import { CopyButton } from '@/parts/CopyButton';
import { Dialog } from '@/parts/Dialog';
import { ErrorView } from '@/parts/ProblemView';
import { account } from '@/strings/account';
import classes from './Account.module.css';

const s = account.making;
const LIVES = [
  { value: '1', label: s.days(1) },
  { value: '7', label: s.days(7) },
  { value: '30', label: s.days(30) },
  { value: '90', label: s.days(90) },
  { value: '365', label: s.year },
];
const DAY = 86_400_000;
const ORDER: Scope[] = ['read', 'run', 'admin'];

/** A token can do no more than who makes it. */
function offered(mine: Scope[]): Scope[] {
  const highest = Math.max(...mine.map((scope) => ORDER.indexOf(scope)));
  return ORDER.slice(0, highest + 1);
}

export function MakeToken({ scopes, onClose }: { scopes: Scope[]; onClose(): void }) {
  // Only ever here: it is gone with the window.
  const [made, setMade] = useState<MadeToken>();
  return (
    <Dialog title={made ? s.made : s.title} onClose={onClose} dismissible={!made}>
      {made ? <Shown token={made} onClose={onClose} /> : <Form scopes={scopes} onMade={setMade} />}
    </Dialog>
  );
}

function Form({ scopes, onMade }: { scopes: Scope[]; onMade(token: MadeToken): void }) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [days, setDays] = useState('30');
  const make = useMutation({
    // What is made is not kept in any cache.
    gcTime: 0,
    mutationFn: () => {
      const expires_at = new Date(Date.now() + Number(days) * DAY).toISOString();
      return answer(api.POST('/api/v1/tokens', { body: { name: name.trim(), scopes: [scope], expires_at } }));
    },
    onSuccess: (token) => {
      onMade(token);
      void client.invalidateQueries({ queryKey: keys.tokens });
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    make.mutate();
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label={s.name}
          description={s.nameHint}
          value={name}
          maxLength={100}
          required
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Radio.Group label={s.scope} value={scope} onChange={(value) => setScope(value as Scope)}>
          <Stack gap="xs" mt="xs">
            {offered(scopes).map((one) => (
              <Radio key={one} value={one} label={account.scopes[one].name} description={account.scopes[one].text} />
            ))}
          </Stack>
        </Radio.Group>
        <NativeSelect
          label={s.lasts}
          data={LIVES}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        {make.error && <ErrorView error={make.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={make.isPending} disabled={name.trim() === ''}>
            {s.make}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Shown({ token, onClose }: { token: MadeToken; onClose(): void }) {
  return (
    <Stack gap="sm">
      <p className={classes.text}>{s.once}</p>
      <p className={classes.secret}>
        <code data-testid="secret">{token.secret}</code>
        <CopyButton text={token.secret} />
      </p>
      <p className={classes.text}>{s.use}</p>
      <Group justify="flex-end">
        <Button onClick={onClose} data-autofocus>
          {s.done}
        </Button>
      </Group>
    </Stack>
  );
}
