import { useMemo } from 'react';
import { Link } from 'wouter';
import type { Plan, Rejection } from '@/api/types';
import { offersStrings } from '@/strings/offers';
import { ofSizes } from '@/strings/places';
import { reasonText } from '../new-run/plan/reason';
import { Shown } from '../run/Shown';
import { siteAddress } from '../sites/SitesTable';
import classes from './WhyNot.module.css';

const s = offersStrings.not;

/** Of a place with only these nobody wants to read more than that it is another one. */
const ASKED = new Set(['other_site', 'other_service', 'other_project', 'other_community', 'other_kind']);

const isWhole = ({ sizes = 0, of = 0 }: Rejection): boolean => sizes >= of;
const isAsked = ({ reasons }: Rejection): boolean => reasons.some((reason) => ASKED.has(reason.reason));

interface Props {
  plan: Plan;
  projectName(id: string): string;
}

/** What is no offer, by site, and what stands in the way of each. */
export function WhyNot({ plan, projectName }: Props) {
  const { rejections } = plan;
  const { rest, asked, some } = useMemo(() => {
    const whole = rejections.filter(isWhole);
    return {
      rest: whole.filter((one) => !isAsked(one)),
      asked: whole.filter(isAsked),
      some: rejections.filter((one) => !isWhole(one)),
    };
  }, [rejections]);
  return (
    <aside className={classes.panel} aria-label={s.title}>
      <h2 className={classes.title}>{s.title}</h2>
      {rejections.length === 0 && <p className={classes.soft}>{s.none}</p>}
      <Sites rejections={rest} projectName={projectName} />
      <Folded title={s.some(some.length)} rejections={some} projectName={projectName} />
      <Folded title={s.asked(asked.length)} rejections={asked} projectName={projectName} />
    </aside>
  );
}

interface Listed {
  rejections: Rejection[];
  projectName(id: string): string;
}

function Folded({ title, rejections, projectName }: Listed & { title: string }) {
  if (rejections.length === 0) return null;
  return (
    <details className={classes.folded}>
      <summary>{title}</summary>
      <Sites rejections={rejections} projectName={projectName} />
    </details>
  );
}

function Sites({ rejections, projectName }: Listed) {
  const bySite = new Map<string, Rejection[]>();
  for (const one of rejections) bySite.set(one.site, [...(bySite.get(one.site) ?? []), one]);
  const sites = [...bySite].sort(([a], [b]) => a.localeCompare(b));
  return (
    <ul className={classes.sites}>
      {sites.map(([site, all]) => (
        <li key={site}>
          <h3 className={classes.site}>
            <Link to={siteAddress(site)}>
              <Shown text={site} />
            </Link>
          </h3>
          {all.map((one) => (
            <Place key={`${one.service} ${one.project ?? ''}`} rejection={one} projectName={projectName} />
          ))}
        </li>
      ))}
    </ul>
  );
}

function Place({ rejection, projectName }: { rejection: Rejection; projectName(id: string): string }) {
  const { service, site, community, project, reasons, of } = rejection;
  const where = [
    service === site ? undefined : service,
    community ?? (project == null ? undefined : projectName(project)),
  ].filter((name) => name != null);
  return (
    <>
      {where.length > 0 && (
        <p className={classes.soft}>
          <Shown text={where.join(', ')} />
        </p>
      )}
      <ul className={classes.reasons}>
        {reasons.map((reason) => (
          <li key={JSON.stringify(reason)}>
            <Shown text={`${reasonText(reason)}${ofSizes(reason.sizes, of)}`} longest={400} />
          </li>
        ))}
      </ul>
    </>
  );
}
