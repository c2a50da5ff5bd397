import { Button, Table } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/api/client';
import { issuersQuery, keys, sshKeysQuery } from '@/api/queries';
import type { SshKey } from '@/api/types';
import { Confirm } from '@/parts/Confirm';
import { CopyButton } from '@/parts/CopyButton';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Card, Empty, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { account } from '@/strings/account';
import classes from './Account.module.css';
import { AddKey } from './AddKey';

const s = account.keys;

export function Keys() {
  const held = useQuery(sshKeysQuery);
  const issuers = useQuery(issuersQuery);
  const [adding, setAdding] = useState(false);
  const titles = new Map((issuers.data?.items ?? []).map((issuer) => [issuer.url, issuer.title]));
  const items = held.data?.items ?? [];
  return (
    <Section
      title={s.title}
      aside={
        <Button size="xs" leftSection={<Icon name="plus" size={14} />} onClick={() => setAdding(true)}>
          {s.add}
        </Button>
      }
    >
      <p className={classes.text}>{s.text}</p>
      {held.isPending && <Loading />}
      {held.error && <ErrorView error={held.error} retry={held.refetch} />}
      {held.data && items.length === 0 && (
        <Empty title={s.emptyTitle} text={s.emptyText}>
          <p className={classes.command}>
            <code>{s.command}</code>
            <CopyButton text={s.command} />
          </p>
        </Empty>
      )}
      {items.length > 0 && (
        <Card flush>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{s.name}</Table.Th>
                <Table.Th>{s.kind}</Table.Th>
                <Table.Th>{s.fingerprint}</Table.Th>
                <Table.Th>{s.from}</Table.Th>
                <Table.Th>{s.added}</Table.Th>
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((key) => (
                <Row key={key.id} held={key} from={key.issuer ? (titles.get(key.issuer) ?? key.issuer) : undefined} />
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
      {items.some((key) => key.issuer) && <p className={classes.after}>{s.told}</p>}
      {adding && <AddKey onClose={() => setAdding(false)} />}
    </Section>
  );
}

/** `from`: the login service that says that it is one's own; it has the last word on it. */
function Row({ held, from }: { held: SshKey; from: string | undefined }) {
  return (
    <Table.Tr>
      <Table.Td>
        <span className={classes.strong}>{held.name}</span>
      </Table.Td>
      <Table.Td data-label={s.kind}>{held.algorithm.replace('@openssh.com', '')}</Table.Td>
      <Table.Td data-label={s.fingerprint}>
        <code className={classes.fingerprint}>{held.fingerprint}</code>
      </Table.Td>
      <Table.Td data-label={s.from}>{from ?? s.you}</Table.Td>
      <Table.Td data-label={s.added}>
        <RelativeTime at={held.created_at} />
      </Table.Td>
      <Table.Td className={classes.last}>{!from && <Remove held={held} />}</Table.Td>
    </Table.Tr>
  );
}

function Remove({ held: { id, name } }: { held: SshKey }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  async function remove(): Promise<void> {
    await answer(api.DELETE('/api/v1/keys/{id}', { params: { path: { id } } }));
    await client.invalidateQueries({ queryKey: keys.sshKeys });
  }
  return (
    <>
      <Button size="compact-sm" variant="default" aria-label={s.removeOf(name)} onClick={() => setAsking(true)}>
        {s.remove}
      </Button>
      {asking && (
        <Confirm
          title={s.removeTitle(name)}
          text={s.removeText}
          keep={s.keep}
          act={s.remove}
          doIt={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
