import { useQuery } from '@tanstack/react-query';
import { quotasQuery } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { QuotaBars } from '@/parts/QuotaBars';
import { account } from '@/strings/account';
import classes from './Account.module.css';

const s = account.quotas;

export function Quotas() {
  const quotas = useQuery(quotasQuery);
  return (
    <Section title={s.title}>
      <p className={classes.text}>{s.text}</p>
      {quotas.isPending && <Loading />}
      {quotas.error && <ErrorView error={quotas.error} retry={quotas.refetch} />}
      {quotas.data && (
        <Card>
          <QuotaBars quota={quotas.data} />
        </Card>
      )}
    </Section>
  );
}
