import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { servicesQuery } from '@/api/queries';
import type { FederatedSite, Service, Site } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Card, Page, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { offersStrings } from '@/strings/offers';
import { siteStrings as s } from '@/strings/site';
import { sitesStrings } from '@/strings/sites';
import { Fact } from '../../admin/Fact';
import { offersAt } from '../../offers/wish';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import { ProblemList } from '../Problems';
import { FRESH, siteQuery } from '../queries';
import { ServiceCard } from '../ServiceCard';
import { Downtimes } from './Downtimes';
import { Known } from './Known';
import classes from './Site.module.css';
import { publishedOf, StandingService } from './StandingService';

/** One site: what its sources say of it, and each of its services as one stands there. */
export default function SitePage({ name }: { name: string }) {
  const site = useQuery(siteQuery(name));
  const services = useQuery({ ...servicesQuery, refetchInterval: FRESH });

  function look(): void {
    void site.refetch();
    void services.refetch();
  }
  return (
    <Page
      title={plain(name, 60)}
      heading={<Shown text={name} />}
      actions={
        <>
          <Button
            component={Link}
            to={offersAt({ site: name })}
            variant="default"
            size="xs"
            leftSection={<Icon name="sliders" size={14} />}
          >
            {offersStrings.find}
          </Button>
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="refresh" size={14} />}
            onClick={look}
            aria-busy={site.isFetching || services.isFetching}
          >
            {sitesStrings.refresh}
          </Button>
        </>
      }
    >
      <p className={classes.back}>
        <Link to="/sites">{s.all}</Link>
      </p>
      {site.error && <ErrorView error={site.error} retry={look} />}
      {site.isPending && <Loading />}
      {site.data && <Whole site={site.data} services={services.data?.items} />}
    </Page>
  );
}

function Whole({ site, services }: { site: Site; services: Service[] | undefined }) {
  const names = [...new Set([...site.services, ...(site.standing ?? []).map((one) => one.service)])];
  const { published } = site;
  return (
    <>
      {published ? <Published published={published} /> : <p className={classes.lead}>{plain(site.description)}</p>}
      {names.length === 0 && (
        <Section title={sitesStrings.table.stand.none}>
          <p className={classes.soft}>{s.service.none}</p>
        </Section>
      )}
      {names.map((name) => {
        const standing = site.standing?.find((one) => one.service === name);
        const own = services?.find((one) => one.name === name);
        return (
          <Section key={name} title={<Shown text={name} />}>
            {standing && <StandingService standing={standing} published={publishedOf(site, name)} />}
            {!standing && own && <ServiceCard service={own} />}
            {!standing && !own && !services && <Loading />}
          </Section>
        );
      })}
      {published && <Origins published={published} />}
    </>
  );
}

function Published({ published }: { published: FederatedSite }) {
  const said = (is: boolean | null | undefined) => (is === undefined || is === null ? undefined : is ? s.yes : s.no);
  return (
    <>
      {published.title && (
        <p className={classes.lead}>
          <Shown text={published.title} />
        </p>
      )}
      <Card>
        <dl className={classes.facts}>
          <Fact name={s.country}>{published.country && <Shown text={published.country} />}</Fact>
          <Fact name={s.production}>{said(published.in_production)}</Fact>
          <Fact name={s.monitored}>{said(published.monitored)}</Fact>
        </dl>
        <h2 className={classes.small}>{s.downtimes}</h2>
        <Downtimes downtimes={published.downtimes} />
      </Card>
    </>
  );
}

function Origins({ published }: { published: FederatedSite }) {
  const { facts = [], conflicts = [], problems } = published;
  return (
    <>
      {problems.length > 0 && (
        <Section title={s.problems}>
          <Card>
            <ProblemList problems={problems} />
          </Card>
        </Section>
      )}
      {(facts.length > 0 || conflicts.length > 0) && (
        <Section title={s.origin}>
          <Card>
            <Known label={s.origin} facts={facts} conflicts={conflicts} />
          </Card>
        </Section>
      )}
    </>
  );
}
