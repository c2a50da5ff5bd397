import { useQuery } from '@tanstack/react-query';
import { servicesQuery } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { Page, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { newRunStrings as s } from '@/strings/new-run';

export default function NewRunPage() {
  const services = useQuery(servicesQuery);
  return (
    <Page title={s.title}>
      {services.isPending && <Loading />}
      {services.error && <ErrorView error={services.error} retry={services.refetch} />}
      {services.data && (
        <Section title={s.services}>
          <ul>
            {services.data.items.map((service) => (
              <li key={service.name}>{service.name}</li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  );
}
