import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { meQuery } from '@/api/queries';
import type { Me } from '@/api/types';
import { leave } from '@/app/session';
import { Card, Page, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { SignInAgainNotices } from '@/parts/SignInAgain';
import { format } from '@/strings';
import { account as s } from '@/strings/account';
import classes from './Account.module.css';
import { Communities } from './Communities';
import { Consents } from './Consents';
import { Keys } from './Keys';
import { Ledger } from './Ledger';
import { Managed } from './Managed';
import { Quotas } from './Quotas';
import { Sessions } from './Sessions';
import { Tokens } from './Tokens';

export default function AccountPage() {
  const me = useQuery(meQuery);
  const out = useMutation({ mutationFn: leave });
  return (
    <Page
      title={s.title}
      actions={
        <Button variant="default" loading={out.isPending} onClick={() => out.mutate()}>
          {s.signOut}
        </Button>
      }
    >
      {out.error && <ErrorView error={out.error} />}
      <SignInAgainNotices />
      {me.data && <Who me={me.data} />}
      <Quotas />
      <Communities />
      <Managed />
      <Consents />
      <Ledger />
      <Keys />
      {me.data && <Tokens scopes={me.data.scopes} />}
      <Sessions />
    </Page>
  );
}

function Who({ me }: { me: Me }) {
  const facts: [string, string][] = [
    [s.who.name, me.name],
    [s.who.role, me.administrator ? s.who.administrator : s.who.person],
    [s.who.rights, format.list(me.scopes.map((scope) => s.scopes[scope].name.toLowerCase()))],
    [s.who.id, me.id],
    [s.who.version, `${s.who.docs} ${me.gateway_version}`],
  ];
  return (
    <Section title={s.who.title}>
      <Card>
        <dl className={classes.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </Section>
  );
}
