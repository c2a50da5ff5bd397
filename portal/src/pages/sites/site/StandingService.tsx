import { Tabs } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { FederatedService, ServiceStanding, Site, Snapshot } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Card } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { StatusBadge } from '@/parts/RunStatus';
import { siteStrings } from '@/strings/site';
import { Fact } from '../../admin/Fact';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import { AccessHelp } from '../HelpView';
import { seenAt, snapshotsQuery } from '../queries';
import { standOf } from '../rows';
import { standStatus } from '../stands';
import { Known } from './Known';
import { Lately } from './Lately';
import { Project } from './Project';
import classes from './Site.module.css';

const s = siteStrings.service;

interface Props {
  standing: ServiceStanding;
  published: FederatedService | undefined;
}

/** A service that one has to be let in at: how one stands there, and what that opens. */
export function StandingService({ standing, published }: Props) {
  const facts = published?.facts ?? [];
  const conflicts = published?.conflicts ?? [];
  return (
    <Card>
      <dl className={classes.facts}>
        <Fact name={s.standing}>
          <StatusBadge status={standStatus(standOf(standing))} />
        </Fact>
        <Fact name={s.serves}>
          <Shown text={standing.communities.join(', ') || s.servesNobody} />
        </Fact>
        <Fact name={s.address}>
          {published && (
            <code>
              <Shown text={published.auth_url} />
            </code>
          )}
        </Fact>
        <Fact name={s.region}>{published?.region && <Shown text={published.region} />}</Fact>
        <Fact name={s.login}>{published && s.logins[published.login]}</Fact>
        <Fact name={s.asked}>{standing.seen_at && <RelativeTime at={standing.seen_at} />}</Fact>
        <Fact name={s.signIns}>{standing.sign_ins > 0 && s.signInTimes(standing.sign_ins)}</Fact>
      </dl>
      <Lately service={standing.service} />
      {('help' in standing || standing.trouble) && (
        <div className={classes.help}>
          <AccessHelp of={plain(standing.service, 60)} access={{ ...standing, seen_at: null }} />
        </div>
      )}
      {standing.access === 'open' && <Projects standing={standing} />}
      {(facts.length > 0 || conflicts.length > 0) && (
        <details className={classes.why}>
          <summary>
            {siteStrings.facts(facts.length)}
            {conflicts.length > 0 && <span className={classes.differ}> {siteStrings.conflicts(conflicts.length)}</span>}
          </summary>
          <Known label={siteStrings.factsOf(plain(standing.service, 60))} facts={facts} conflicts={conflicts} />
        </details>
      )}
    </Card>
  );
}

function Projects({ standing }: { standing: ServiceStanding & { access: 'open' } }) {
  const seen = seenAt(standing);
  const snapshots = useQuery({
    ...snapshotsQuery(standing.service, seen),
    enabled: seen !== '',
    placeholderData: keepPreviousData,
  });
  if (standing.access === 'open' && 'projects' in standing && standing.projects.length === 0) {
    return <p className={classes.soft}>{s.nothing}</p>;
  }
  if (seen === '') return <p className={classes.soft}>{s.notSeen}</p>;
  if (snapshots.error) return <ErrorView error={snapshots.error} retry={snapshots.refetch} />;
  if (!snapshots.data) return <Loading />;
  return <ProjectTabs snapshots={snapshots.data.items} />;
}

const nameOf = (snapshot: Snapshot): string =>
  plain(s.project(snapshot.community ?? undefined, snapshot.project.name), 80);

function ProjectTabs({ snapshots }: { snapshots: Snapshot[] }) {
  const [first] = snapshots;
  if (!first) return <p className={classes.soft}>{s.notSeen}</p>;
  if (snapshots.length === 1) {
    return (
      <>
        <h3 className={classes.projectName}>{nameOf(first)}</h3>
        <Project snapshot={first} />
      </>
    );
  }
  return (
    <Tabs defaultValue={first.project.id} keepMounted={false} mt="md">
      <Tabs.List aria-label={s.projects}>
        {snapshots.map((one) => (
          <Tabs.Tab key={one.project.id} value={one.project.id}>
            {nameOf(one)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {snapshots.map((one) => (
        <Tabs.Panel key={one.project.id} value={one.project.id}>
          <h3 className={classes.projectName}>{nameOf(one)}</h3>
          <Project snapshot={one} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

export const publishedOf = (site: Site, service: string): FederatedService | undefined =>
  site.published?.services.find((one) => one.name === service);
