import { Button, Group } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/api/client';
import { consentsQuery, issuersQuery, keys } from '@/api/queries';
import type { Consent } from '@/api/types';
import { Confirm } from '@/parts/Confirm';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { SignInButton } from '@/parts/SignInAgain';
import { account } from '@/strings/account';
import classes from './Account.module.css';

const s = account.consents;

/** Where nobody signs in with a login service there is nothing to permit. */
export function Consents() {
  const issuers = useQuery(issuersQuery);
  const consents = useQuery(consentsQuery);
  if (!issuers.data || issuers.data.items.length === 0) return null;
  return (
    <Section title={s.title}>
      <p className={classes.text}>{s.text}</p>
      {consents.isPending && <Loading />}
      {consents.error && <ErrorView error={consents.error} retry={consents.refetch} />}
      {consents.data && (
        <Card>
          {consents.data.items.length === 0 ? (
            <p className={classes.nothing}>{s.none}</p>
          ) : (
            consents.data.items.map((consent) => <One key={consent.issuer} consent={consent} />)
          )}
        </Card>
      )}
    </Section>
  );
}

function One({ consent }: { consent: Consent }) {
  const {
    issuer,
    title,
    scopes,
    given_at: since,
    renewed_at: renewed,
    expires_at: until,
    ended_because: why,
  } = consent;
  return (
    <article className={classes.consent} aria-label={title}>
      <h3>{title}</h3>
      <dl className={classes.facts}>
        <div>
          <dt>{s.scopes}</dt>
          <dd>{scopes.join(' ')}</dd>
        </div>
        <div>
          <dt>{s.since}</dt>
          <dd>
            <RelativeTime at={since} />
          </dd>
        </div>
        {renewed && (
          <div>
            <dt>{s.renewed}</dt>
            <dd>
              <RelativeTime at={renewed} />
            </dd>
          </div>
        )}
        <div>
          <dt>{s.until}</dt>
          <dd>{why ? s.ended : until ? <RelativeTime at={until} /> : s.unknown}</dd>
        </div>
      </dl>
      {why && <p className={classes.ended}>{s.endedBecause(why)}</p>}
      <Group mt="sm">
        {why && <SignInButton issuer={issuer} title={title} />}
        <Withdraw consent={consent} />
      </Group>
    </article>
  );
}

function Withdraw({ consent: { issuer, title } }: { consent: Consent }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  async function withdraw(): Promise<void> {
    await answer(api.DELETE('/api/v1/consents/{issuer}', { params: { path: { issuer } } }));
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.consents }),
      client.invalidateQueries({ queryKey: keys.me }),
    ]);
  }
  return (
    <>
      <Button size="xs" variant="default" aria-label={s.withdrawOf(title)} onClick={() => setAsking(true)}>
        {s.withdraw}
      </Button>
      {asking && (
        <Confirm
          title={s.withdrawTitle(title)}
          text={s.withdrawText}
          keep={s.keep}
          act={s.withdraw}
          doIt={withdraw}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
