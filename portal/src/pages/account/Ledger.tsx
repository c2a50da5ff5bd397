import { Button, Switch } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { credentialsQuery } from '@/api/queries';
import { CredentialTable } from '@/parts/Credentials';
import { Loading } from '@/parts/Loading';
import { Card, Empty, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { account } from '@/strings/account';
import classes from './Account.module.css';

const s = account.ledger;

export function Ledger() {
  const [past, setPast] = useState(false);
  const ledger = useInfiniteQuery(credentialsQuery(past ? {} : { held: true }));
  const items = ledger.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Section
      title={s.title}
      aside={
        <Switch size="xs" label={s.past} checked={past} onChange={(event) => setPast(event.currentTarget.checked)} />
      }
    >
      <p className={classes.text}>{s.text}</p>
      {ledger.isPending && <Loading />}
      {ledger.error && <ErrorView error={ledger.error} retry={ledger.refetch} />}
      {ledger.data && items.length === 0 && <Empty title={s.emptyTitle} text={s.emptyText} />}
      {items.length > 0 && (
        <Card flush>
          <CredentialTable items={items} showRun />
        </Card>
      )}
      {ledger.hasNextPage && (
        <Button
          mt="xs"
          size="compact-sm"
          variant="subtle"
          loading={ledger.isFetchingNextPage}
          onClick={() => void ledger.fetchNextPage()}
        >
          {s.more}
        </Button>
      )}
    </Section>
  );
}
