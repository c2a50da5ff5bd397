import { Button, Table } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import { keys, sessionsQuery } from '@/api/queries';
import type { Session } from '@/api/types';
import { leave } from '@/app/session';
import { CopyButton } from '@/parts/CopyButton';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { account } from '@/strings/account';
import classes from './Account.module.css';
import { browserName } from './browser';

const s = account.sessions;

export function Sessions() {
  const sessions = useQuery(sessionsQuery);
  return (
    <Section title={s.title}>
      <p className={classes.text}>{s.text}</p>
      {sessions.isPending && <Loading />}
      {sessions.error && <ErrorView error={sessions.error} retry={sessions.refetch} />}
      {sessions.data && (
        <Card flush>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{s.browser}</Table.Th>
                <Table.Th>{s.made}</Table.Th>
                <Table.Th>{s.seen}</Table.Th>
                <Table.Th>{s.expires}</Table.Th>
                <Table.Td />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {sessions.data.items.map((session) => (
                <Row key={session.id} session={session} />
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
      <p className={classes.after}>{s.more}</p>
      <p className={classes.command}>
        <code>{s.command}</code>
        <CopyButton text={s.command} />
      </p>
    </Section>
  );
}

function Row({ session }: { session: Session }) {
  const client = useQueryClient();
  const browser = browserName(session.user_agent);
  const end = useMutation({
    mutationFn: () =>
      session.current
        ? leave()
        : answer(api.DELETE('/api/v1/sessions/{id}', { params: { path: { id: session.id } } })).then(() => undefined),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.sessions }),
  });
  return (
    <Table.Tr>
      <Table.Td>
        <span className={classes.strong} title={session.user_agent}>
          {browser}
        </span>
        {session.current && <span className={classes.badge}>{s.current}</span>}
        {end.error && <ErrorView error={end.error} />}
      </Table.Td>
      <Table.Td data-label={s.made}>
        <RelativeTime at={session.made_at} />
      </Table.Td>
      <Table.Td data-label={s.seen}>
        <RelativeTime at={session.last_seen_at} />
      </Table.Td>
      <Table.Td data-label={s.expires}>
        <RelativeTime at={session.expires_at} />
      </Table.Td>
      <Table.Td className={classes.last}>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={s.endOf(browser)}
          loading={end.isPending}
          onClick={() => end.mutate()}
        >
          {s.end}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
