import { useQuery } from '@tanstack/react-query';
import { communitiesQuery, issuersQuery } from '@/api/queries';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { account } from '@/strings/account';
import classes from './Account.module.css';

const s = account.communities;

/** What login services say of one's groups. Where nobody signs in with one there is nothing to say. */
export function Communities() {
  const issuers = useQuery(issuersQuery);
  const communities = useQuery(communitiesQuery);
  if (!issuers.data || issuers.data.items.length === 0) return null;
  const titles = new Map(issuers.data.items.map((issuer) => [issuer.url, issuer.title]));
  return (
    <Section title={s.title}>
      <p className={classes.text}>{s.text}</p>
      {communities.error && <ErrorView error={communities.error} retry={communities.refetch} />}
      {communities.data && (
        <Card>
          {communities.data.items.length === 0 ? (
            <p>{s.none}</p>
          ) : (
            <dl className={classes.facts}>
              {communities.data.items.map(({ community, role, issuer }) => (
                <div key={`${community} ${issuer}`}>
                  <dt>{community}</dt>
                  <dd>{s.saidBy(s.roles[role], titles.get(issuer) ?? issuer)}</dd>
                </div>
              ))}
            </dl>
          )}
        </Card>
      )}
    </Section>
  );
}
