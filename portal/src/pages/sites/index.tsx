import { useQuery } from '@tanstack/react-query';
import { sitesQuery } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { Page, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { sitesStrings as s } from '@/strings/sites';

export default function SitesPage() {
  const sites = useQuery(sitesQuery);
  return (
    <Page title={s.title}>
      {sites.isPending && <Loading />}
      {sites.error && <ErrorView error={sites.error} retry={sites.refetch} />}
      {sites.data?.items.map((site) => (
        <Section key={site.name} title={site.name}>
          {site.description}
        </Section>
      ))}
    </Page>
  );
}
