import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { quotasQuery } from '@/api/queries';
import { Card, Section } from '@/parts/Page';
import { isNearlyUsed, QuotaBars } from '@/parts/QuotaBars';
import { quotas as s } from '@/strings/quotas';

/** Only when it is nearly used up, or something waits for it. */
export function Quota() {
  const { data } = useQuery(quotasQuery);
  if (!data || !isNearlyUsed(data)) return null;
  return (
    <Section title={s.nearly} aside={<Link to="/account">{s.more}</Link>}>
      <Card>
        <QuotaBars quota={data} />
      </Card>
    </Section>
  );
}
