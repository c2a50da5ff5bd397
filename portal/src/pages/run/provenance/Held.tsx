import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { credentialsQuery, meQuery } from '@/api/queries';
import type { RunDetail } from '@/api/types';
import { CredentialTable } from '@/parts/Credentials';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { credentials as s } from '@/strings/credentials';
import classes from './Provenance.module.css';

/** Tokens are handed out while it is under way, without an event of their own. */
const LOOK_AGAIN = 5_000;

/** What it was given to act with. Nobody but its owner is told. */
export function Held({ run }: { run: RunDetail }) {
  const me = useQuery(meQuery);
  const isMine = me.data?.id === run.person;
  const held = useInfiniteQuery({
    ...credentialsQuery({ run: run.id }),
    enabled: isMine,
    refetchInterval: run.state === 'ended' ? false : LOOK_AGAIN,
  });
  if (!isMine) return null;
  const items = held.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section title={s.ofRun}>
      <p className={classes.lead}>{s.ofRunText}</p>
      {held.isPending && <Loading />}
      {held.error && <ErrorView error={held.error} retry={held.refetch} />}
      {held.data && items.length === 0 && <p className={classes.soft}>{s.ofRunNone}</p>}
      {items.length > 0 && (
        <Card flush>
          <CredentialTable items={items} />
        </Card>
      )}
    </Section>
  );
}
