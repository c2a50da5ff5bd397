import { Button, Table } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { answer, api } from '@/api/client';
import { issuersQuery, keys } from '@/api/queries';
import type { Credential } from '@/api/types';
import { credentials as s } from '@/strings/credentials';
import { Confirm } from './Confirm';
import classes from './Credentials.module.css';
import { RelativeTime } from './RelativeTime';

/** Entries of the ledger. Names in it are those of runs, services and audiences, which others chose: text, never more. */
export function CredentialTable({ items, showRun = false }: { items: Credential[]; showRun?: boolean }) {
  return (
    <Table className={classes.table} aria-label={s.label}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{s.audience}</Table.Th>
          {showRun && <Table.Th>{s.run}</Table.Th>}
          <Table.Th>{s.service}</Table.Th>
          <Table.Th>{s.scopes}</Table.Th>
          <Table.Th>{s.used}</Table.Th>
          <Table.Th>{s.expires}</Table.Th>
          <Table.Td />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((credential) => (
          <Row key={credential.id} credential={credential} showRun={showRun} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** What the run's own pilot works with; without it the run cannot go on. */
const isOwn = (credential: Credential) => credential.id.startsWith('plt-');

function Row({ credential, showRun }: { credential: Credential; showRun: boolean }) {
  const titles = new Map((useQuery(issuersQuery).data?.items ?? []).map(({ name, title }) => [name, title]));
  const { issuer, used_at: used, uses, ended_at: ended, expires_at: expires } = credential;
  const isExpired = new Date(expires) < new Date();
  const given = issuer ? s.by(titles.get(issuer) ?? issuer) : s.ownHint;
  return (
    <Table.Tr>
      <Table.Td className={classes.first}>
        <span className={classes.strong}>{audienceOf(credential)}</span>
        {(ended || isExpired) && <span className={classes.badge}>{ended ? s.ended : s.expired}</span>}
        <span className={classes.soft}>{given}</span>
      </Table.Td>
      {showRun && (
        <Table.Td data-label={s.run}>
          <Link to={`/runs/${credential.run}`}>{credential.run_name}</Link>
        </Table.Td>
      )}
      <Table.Td data-label={s.service}>{credential.service}</Table.Td>
      <Table.Td data-label={s.scopes}>{credential.scopes.join(' ')}</Table.Td>
      <Table.Td data-label={s.used}>
        {used ? <RelativeTime at={used} /> : s.never}
        {uses != null && uses > 0 && <span className={classes.soft}> {s.uses(uses)}</span>}
      </Table.Td>
      <Table.Td data-label={s.expires}>
        <RelativeTime at={ended ?? expires} />
      </Table.Td>
      <Table.Td className={classes.last}>{!ended && !isExpired && <Revoke credential={credential} />}</Table.Td>
    </Table.Tr>
  );
}

function audienceOf(credential: Credential): string {
  return credential.audience ?? (isOwn(credential) ? s.own : s.anybody);
}

function Revoke({ credential }: { credential: Credential }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { id, run_name: run } = credential;
  async function revoke(): Promise<void> {
    await answer(api.DELETE('/api/v1/credentials/{id}', { params: { path: { id } } }));
    await client.invalidateQueries({ queryKey: keys.credentials });
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        aria-label={s.revokeOf(audienceOf(credential), run)}
        onClick={() => setAsking(true)}
      >
        {s.revoke}
      </Button>
      {asking && (
        <Confirm
          title={s.revokeTitle(audienceOf(credential), run)}
          text={isOwn(credential) ? s.revokeOwn : s.revokeText}
          keep={s.keep}
          act={isOwn(credential) ? s.revokeRun : s.revoke}
          doIt={revoke}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
