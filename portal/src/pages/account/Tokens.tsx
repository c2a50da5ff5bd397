import { Button, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { tokensQuery } from '@/api/queries';
import type { Scope, TokenView } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Card, Empty, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { format } from '@/strings';
import { account } from '@/strings/account';
import classes from './Account.module.css';
import { MakeToken } from './MakeToken';
import { RevokeToken } from './RevokeToken';

const s = account.tokens;

export function Tokens({ scopes }: { scopes: Scope[] }) {
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  const [all, setAll] = useState(false);
  const items = tokens.data?.items ?? [];
  const working = items.filter((token) => works(token));
  const shown = all ? items : working;
  const old = items.length - working.length;
  return (
    <Section
      title={s.title}
      aside={
        <Button size="xs" leftSection={<Icon name="plus" size={14} />} onClick={() => setMaking(true)}>
          {s.make}
        </Button>
      }
    >
      <p className={classes.text}>{s.text}</p>
      {tokens.isPending && <Loading />}
      {tokens.error && <ErrorView error={tokens.error} retry={tokens.refetch} />}
      {tokens.data && shown.length === 0 && <Empty title={s.emptyTitle} text={s.emptyText} />}
      {shown.length > 0 && (
        <Card flush>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{s.name}</Table.Th>
                <Table.Th>{s.scope}</Table.Th>
                <Table.Th>{s.made}</Table.Th>
                <Table.Th>{s.used}</Table.Th>
                <Table.Th>{s.expires}</Table.Th>
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {shown.map((token) => (
                <Row key={token.id} token={token} />
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
      {old > 0 && !all && (
        <Button mt="xs" size="compact-sm" variant="subtle" onClick={() => setAll(true)}>
          {s.old(old)}
        </Button>
      )}
      {making && <MakeToken scopes={scopes} onClose={() => setMaking(false)} />}
    </Section>
  );
}

function works(token: TokenView): boolean {
  return !token.revoked_at && !(token.expires_at && new Date(token.expires_at) < new Date());
}

function Row({ token }: { token: TokenView }) {
  const ended = token.revoked_at ? s.revoked : works(token) ? undefined : s.expired;
  return (
    <Table.Tr>
      <Table.Td>
        <span className={classes.strong}>{token.name}</span>
        {ended && <span className={classes.badge}>{ended}</span>}
      </Table.Td>
      <Table.Td data-label={s.scope}>{format.list(token.scopes.map((scope) => account.scopes[scope].name))}</Table.Td>
      <Table.Td data-label={s.made}>
        <RelativeTime at={token.created_at} />
      </Table.Td>
      <Table.Td data-label={s.used}>{token.used_at ? <RelativeTime at={token.used_at} /> : s.never}</Table.Td>
      <Table.Td data-label={s.expires}>
        {token.expires_at ? <RelativeTime at={token.expires_at} /> : s.forever}
      </Table.Td>
      <Table.Td className={classes.last}>{!ended && <RevokeToken token={token} />}</Table.Td>
    </Table.Tr>
  );
}
