import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { issuersQuery, meQuery } from '@/api/queries';
import type { PersonView } from '@/api/types';
import { CopyButton } from '@/parts/CopyButton';
import { Dialog } from '@/parts/Dialog';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { StatusBadge } from '@/parts/RunStatus';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import classes from '../Admin.module.css';
import { Fact } from '../Fact';
import { personQuery } from '../queries';
import { Suspending } from './Suspending';
import { isLocal, standing } from './standing';

const s = admin.person;

/** All that is known of one person, beside the list. Its address leads here from elsewhere. */
export function PersonDrawer({ id, onClose }: { id: string; onClose(): void }) {
  const person = useQuery(personQuery(id));
  return (
    <Dialog title={person.data ? plain(person.data.name, 80) : s.title} onClose={onClose} side>
      {person.isPending && <Loading />}
      {person.error && <ErrorView error={person.error} retry={person.refetch} />}
      {person.data && <About person={person.data} />}
    </Dialog>
  );
}

function About({ person }: { person: PersonView }) {
  const me = useQuery(meQuery);
  const isMe = person.id === me.data?.id;
  return (
    <>
      <Card>
        <dl className={classes.facts}>
          <Fact name={admin.people.columns.state}>
            <StatusBadge status={standing(person)} />
          </Fact>
          <Fact name={s.since}>
            <RelativeTime at={person.created_at} />
          </Fact>
          <Fact name={s.seen}>{person.last_seen_at && <RelativeTime at={person.last_seen_at} />}</Fact>
          <Fact name={s.id}>
            <code>{person.id}</code> <CopyButton text={person.id} label={s.copyId} />
          </Fact>
        </dl>
      </Card>
      {person.suspended_at && (
        <Section title={s.suspended}>
          <Card>
            <p className={classes.nothing}>
              <RelativeTime at={person.suspended_at} />
            </p>
            {person.suspended_because && (
              <p className={classes.nothing}>
                {s.because} <Shown text={person.suspended_because} />
              </p>
            )}
          </Card>
        </Section>
      )}
      <Section title={s.identities}>
        <Card>
          <Identities person={person} />
        </Card>
      </Section>
      <Section title={s.more}>
        <ul className={classes.links}>
          <li>
            <Link to={`/admin/audit?person=${person.id}`}>{s.audit}</Link>
          </li>
          <li>
            <Link to={`/admin/audit?about=${person.id}`}>{s.about}</Link>
          </li>
        </ul>
        {isMe ? <p className={classes.nothing}>{s.self}</p> : <Suspending person={person} isMe={false} />}
      </Section>
    </>
  );
}

function Identities({ person }: { person: PersonView }) {
  const issuers = useQuery(issuersQuery);
  const titles = new Map((issuers.data?.items ?? []).map((one) => [one.url, one.title]));
  const known = person.identities.filter((identity) => !isLocal(identity));
  if (known.length === 0) return <p className={classes.nothing}>{s.noIdentities}</p>;
  return (
    <ul className={classes.identities}>
      {known.map(({ issuer, subject }) => (
        <li key={`${issuer} ${subject}`}>
          <strong>
            <Shown text={titles.get(issuer) ?? issuer} />
          </strong>
          <span className={classes.small}>{issuer}</span>
          <code>
            <Shown text={subject} />
          </code>
        </li>
      ))}
    </ul>
  );
}
