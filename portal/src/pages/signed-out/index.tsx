import { Button, Code } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { loginAt } from '@/api/login';
import { issuersQuery } from '@/api/queries';
import type { Problem } from '@/api/types';
import { type Session, stay } from '@/app/session';
import { Card, Page } from '@/parts/Page';
import { ProblemView } from '@/parts/ProblemView';
import { strings } from '@/strings';
import { signedOut as s } from '@/strings/signed-out';
import classes from './SignedOut.module.css';

type Why = Extract<Session, { is: 'out' }>['why'];

const said: Record<Why, { title: string; text: string } | undefined> = {
  new: undefined,
  link: { title: s.failed, text: s.failedText },
  ended: { title: s.ended, text: s.endedText },
  left: { title: s.left, text: s.leftText },
};

/** A page without the frame, which belongs to who is inside. */
function Outside({ title, heading, children }: { title: string; heading: string; children: ReactNode }) {
  return (
    <main className={classes.place}>
      <p className={classes.brand}>
        <img src="./mark.svg" alt="" width={34} height={34} />
        {strings.product}
      </p>
      <Page title={title} heading={heading}>
        <Card>{children}</Card>
      </Page>
    </main>
  );
}

export function SignedOutPage({ why }: { why: Why }) {
  const message = said[why];
  return (
    <Outside title={s.title} heading={message?.title ?? s.title}>
      {message && <p className={classes.text}>{message.text}</p>}
      <Issuers />
      <p className={classes.text}>{s.lead}</p>
      <Code block className={classes.command}>
        {s.command}
      </Code>
      <p className={classes.text}>{s.after}</p>
    </Outside>
  );
}

/** The login services that the gateway trusts. Who comes in by them returns to the page that was asked for. */
function Issuers() {
  const { data } = useQuery(issuersQuery);
  if (!data || data.items.length === 0) return null;
  return (
    <>
      <ul className={classes.issuers} aria-label={s.services}>
        {data.items.map((issuer) => (
          <li key={issuer.name}>
            <Button component="a" href={loginAt(issuer.name)} fullWidth size="md">
              {s.signInWith(issuer.title)}
            </Button>
          </li>
        ))}
      </ul>
      <p className={classes.or}>{s.or}</p>
    </>
  );
}

/** Of somebody who is signed in and opened a link that is of no use: perhaps sent by somebody who means them ill. */
export function LinkNotUsedPage({ why }: { why: Problem }) {
  return (
    <Outside title={s.kept} heading={s.kept}>
      <ProblemView problem={why} />
      <Button onClick={stay} mt="md">
        {s.stay}
      </Button>
    </Outside>
  );
}
