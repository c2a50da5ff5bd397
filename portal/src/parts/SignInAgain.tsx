import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { loginAt } from '@/api/login';
import { issuersQuery, meQuery } from '@/api/queries';
import { signInAgain as s } from '@/strings/sign-in-again';
import { ProblemView } from './ProblemView';
import { RelativeTime } from './RelativeTime';

/** A way out of the portal to a login service, and back to this page. */
export function SignInButton({ issuer, title }: { issuer: string; title: string }) {
  return (
    <Button component="a" href={loginAt(issuer)} size="xs">
      {s.signIn(title)}
    </Button>
  );
}

/** Each login service at which the person has to sign in, or soon will have to. */
export function SignInAgainNotices() {
  const { data: me } = useQuery(meQuery);
  return (me?.sign_in_again ?? []).map(({ issuer, title, because, before }) => (
    <ProblemView
      key={issuer}
      tone="waiting"
      problem={{
        title: before ? s.titleSoon : s.title,
        detail: s.at(title, because),
        remedy: before ? '' : s.remedy,
      }}
    >
      {before && (
        <p>
          {s.soon} <RelativeTime at={before} />
        </p>
      )}
      <Group mt="xs">
        <SignInButton issuer={issuer} title={title} />
      </Group>
    </ProblemView>
  ));
}

/**
 * For a run that waits for its owner to sign in; nobody else's sign-in helps it. What was never permitted is in no list:
 * then any login service may be the one.
 */
export function SignInWays({ owner }: { owner: string }) {
  const { data: me } = useQuery(meQuery);
  const { data: issuers } = useQuery(issuersQuery);
  if (me?.id !== owner) return null;
  const ended = me.sign_in_again;
  const ways = ended.length > 0 ? ended : (issuers?.items ?? []).map(({ name, title }) => ({ issuer: name, title }));
  return (
    <Group mt="xs">
      {ways.map(({ issuer, title }) => (
        <SignInButton key={issuer} issuer={issuer} title={title} />
      ))}
    </Group>
  );
}
