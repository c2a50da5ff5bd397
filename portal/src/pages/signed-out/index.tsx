import { Code } from '@mantine/core';
import type { Session } from '@/app/session';
import { Card, Page } from '@/parts/Page';
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

export function SignedOutPage({ why }: { why: Why }) {
  const message = said[why];
  return (
    <main className={classes.place}>
      <p className={classes.brand}>
        <img src="./mark.svg" alt="" width={34} height={34} />
        {strings.product}
      </p>
      <Page title={s.title} heading={message?.title ?? s.title}>
        <Card>
          {message && <p className={classes.text}>{message.text}</p>}
          <p className={classes.text}>{s.lead}</p>
          <Code block className={classes.command}>
            {s.command}
          </Code>
          <p className={classes.text}>{s.after}</p>
        </Card>
      </Page>
    </main>
  );
}
