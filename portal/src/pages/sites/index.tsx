import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { servicesQuery, sitesQuery } from '@/api/queries';
import type { Service, Site } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Empty, Page, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { sitesStrings as s } from '@/strings/sites';
import { ServiceCard } from './ServiceCard';
import classes from './Sites.module.css';
import { TryOut } from './TryOut';

/** How busy a service is changes without an event; while somebody looks, it is asked for again. */
const FRESH = 15_000;

export default function SitesPage() {
  const sites = useQuery({ ...sitesQuery, refetchInterval: FRESH });
  const services = useQuery({ ...servicesQuery, refetchInterval: FRESH });
  const fetching = sites.isFetching || services.isFetching;
  const error = sites.error ?? services.error;

  function look(): void {
    void sites.refetch();
    void services.refetch();
  }
  return (
    <Page
      title={s.title}
      actions={
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="refresh" size={14} />}
          onClick={look}
          aria-busy={fetching}
        >
          {s.refresh}
        </Button>
      }
    >
      <p className={classes.lead}>{s.lead}</p>
      {error && <ErrorView error={error} retry={look} />}
      {(sites.isPending || services.isPending) && <Loading />}
      {sites.data && services.data && <AllSites sites={sites.data.items} services={services.data.items} />}
    </Page>
  );
}

function AllSites({ sites, services }: { sites: Site[]; services: Service[] }) {
  if (sites.length === 0) return <Empty title={s.none} text={s.noneText} />;
  return (
    <>
      {sites.map((site) => {
        const own = services.filter((service) => service.site === site.name);
        return (
          <Section key={site.name} title={<bdi>{site.name}</bdi>} aside={s.services(own.length)}>
            {own.length === 0 && <p>{s.noServices}</p>}
            <div className={classes.services}>
              {own.map((service) => (
                <ServiceCard key={service.name} service={service} />
              ))}
            </div>
          </Section>
        );
      })}
      <TryOut />
    </>
  );
}
