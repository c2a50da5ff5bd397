import { useQueries, useQuery } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import { communitiesQuery, keys } from '@/api/queries';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { QuotaBars } from '@/parts/QuotaBars';
import { account } from '@/strings/account';
import classes from './Account.module.css';

const s = account.managed;

/** For managers: what their communities have in flight of what they may have. */
export function Managed() {
  const mine = useQuery(communitiesQuery).data?.items ?? [];
  const names = [...new Set(mine.filter(({ role }) => role === 'manager').map(({ community }) => community))];
  const communities = useQueries({
    queries: names.map((name) => ({
      queryKey: [...keys.communities, name],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        answer(api.GET('/api/v1/communities/{name}', { params: { path: { name } }, signal })),
    })),
  });
  if (names.length === 0) return null;
  return (
    <Section title={s.title}>
      <p className={classes.text}>{s.text}</p>
      <Card>
        {communities.map(({ data, error, refetch }, i) => (
          <section key={names[i]} className={classes.consent} aria-label={names[i]}>
            <h3>{names[i]}</h3>
            {error && <ErrorView error={error} retry={refetch} />}
            {data && <p className={classes.text}>{s.members(data.members)}</p>}
            {data && <QuotaBars quota={data.quota} />}
          </section>
        ))}
      </Card>
    </Section>
  );
}
