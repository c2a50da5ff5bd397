import { Button, Group } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { TokenView } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { ErrorView } from '@/parts/ProblemView';
import { account } from '@/strings/account';

const s = account.tokens;

export function RevokeToken({ token }: { token: TokenView }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id: token.id } } })),
    onSuccess: () => {
      setAsking(false);
      return client.invalidateQueries({ queryKey: keys.tokens });
    },
  });
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={s.revokeOf(token.name)} onClick={() => setAsking(true)}>
        {s.revoke}
      </Button>
      {asking && (
        <Dialog title={s.revokeTitle(token.name)} onClose={() => setAsking(false)}>
          <p>{s.revokeText}</p>
          {revoke.error && <ErrorView error={revoke.error} />}
          <Group justify="flex-end" mt="md">
            <Button variant="default" onClick={() => setAsking(false)}>
              {s.keep}
            </Button>
            <Button color="buoy" loading={revoke.isPending} onClick={() => revoke.mutate()}>
              {s.revoke}
            </Button>
          </Group>
        </Dialog>
      )}
    </>
  );
}
