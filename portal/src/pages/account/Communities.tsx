import { useQuery } from '@tanstack/react-query';
import { communitiesQuery, identitiesQuery, issuersQuery } from '@/api/queries';
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
          <Reasons titles={titles} />
        </Card>
      )}
    </Section>
  );
}

/** By which words one got in, and what is missing where one nearly did. */
function Reasons({ titles }: { titles: Map<string, string> }) {
  const { data } = useQuery(identitiesQuery);
  const said = (data?.items ?? []).filter((identity) => identity.gives);
  if (said.length === 0) return null;
  return (
    <details className={classes.reasons}>
      <summary>{s.why}</summary>
      {said.map(({ issuer, subject, gives }) => (
        <section key={`${issuer} ${subject}`}>
          <h3>{s.knownAs(titles.get(issuer) ?? issuer, subject)}</h3>
          <ul>
            {gives?.because.map(({ rule, text }) => (
              <li key={rule}>{s.because(rule, text)}</li>
            ))}
            {gives?.near_misses.map(({ rule, community, miss }) => (
              <li key={`miss ${rule}`}>{s.nearly(community, miss)}</li>
            ))}
            {gives?.ignored.map(({ text, why }) => (
              <li key={`ignored ${text}`}>{s.ignored(text, why)}</li>
            ))}
            {gives && gives.because.length + gives.near_misses.length + gives.ignored.length === 0 && (
              <li>{s.nothingSaid}</li>
            )}
          </ul>
        </section>
      ))}
    </details>
  );
}
