import { Button, Progress } from '@mantine/core';
import { Link } from 'wouter';
import type { Service } from '@/api/types';
import type { IconName } from '@/parts/Icon';
import { RelativeTime } from '@/parts/RelativeTime';
import { StatusBadge } from '@/parts/RunStatus';
import { format } from '@/strings';
import { placementStrings } from '@/strings/new-run';
import { sitesStrings as s } from '@/strings/sites';
import { bytesText } from '../new-run/plan/reason';
import { type Busyness, busynessOf, type Share, shares } from './busyness';
import classes from './Sites.module.css';

const SIGNS = {
  free: { tone: 'done', icon: 'check' },
  busy: { tone: 'active', icon: 'running' },
  full: { tone: 'waiting', icon: 'stop' },
  queue: { tone: 'waiting', icon: 'wait' },
  unknown: { tone: 'quiet', icon: 'planned' },
} as const satisfies Record<Busyness, { tone: string; icon: IconName }>;

export function ServiceCard({ service }: { service: Service }) {
  const busyness = busynessOf(service);
  return (
    <article className={classes.service} aria-label={service.name}>
      <header className={classes.top}>
        <h3 className={classes.name}>
          <bdi>{service.name}</bdi> <span className={classes.driver}>{s.driver(service.driver)}</span>
        </h3>
        <StatusBadge status={{ label: s.state[busyness], ...SIGNS[busyness] }} />
        <span className={classes.seen}>
          {s.seen} <RelativeTime at={service.seen_at} />
        </span>
        <Button
          component={Link}
          to={`/new?service=${encodeURIComponent(service.name)}`}
          size="xs"
          variant="default"
          className={classes.run}
        >
          {s.runHere}
        </Button>
      </header>
      <div className={classes.columns}>
        <UsageView service={service} />
        <SizesView service={service} />
        <AbilitiesView service={service} />
      </div>
      <Evidence service={service} />
    </article>
  );
}

function UsageView({ service }: { service: Service }) {
  const parts = shares(service);
  const { running, waiting } = service.usage;
  return (
    <section>
      <h4 className={classes.small}>{s.usage.title}</h4>
      {parts && (
        <>
          <Bar label={s.usage.cores} share={parts.cores} text={format.number} />
          <Bar label={s.usage.memory} share={parts.memory} text={format.bytes} />
        </>
      )}
      <p>{s.usage.runs(running, waiting)}</p>
    </section>
  );
}

function Bar({ label, share, text }: { label: string; share: Share; text: (value: number) => string }) {
  const said = s.usage.of(text(share.used), text(share.all));
  return (
    <div className={classes.bar}>
      <span>{label}</span>
      <span>{said}</span>
      <Progress value={share.all > 0 ? (share.used / share.all) * 100 : 0} aria-label={`${label}: ${said}`} />
    </div>
  );
}

function SizesView({ service }: { service: Service }) {
  return (
    <section>
      <h4 className={classes.small}>{s.sizes.title}</h4>
      {service.sizes.length === 0 && <p>{s.sizes.none}</p>}
      <ul className={classes.sizes}>
        {service.sizes.map((size) => {
          const what = placementStrings.size(
            size.cores,
            bytesText(size.memory),
            bytesText(size.disk),
            size.accelerators,
          );
          return (
            <li key={size.name}>
              <bdi className={classes.sizeName}>{size.name}</bdi>
              <span>{size.divisible ? s.sizes.upTo(what) : what}</span>
              <span className={classes.soft}>{size.divisible ? s.sizes.divisible : s.sizes.whole}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function AbilitiesView({ service }: { service: Service }) {
  const value = (name: string) => service.facts.find((fact) => fact.name === name)?.value;
  const engines = service.container_engines;
  // What was tried, which engine works, and why another one does not.
  const trials = service.facts.filter((fact) => fact.name.startsWith('container')).map((fact) => fact.value);
  const rows = [
    { name: s.abilities.isolation, text: value('isolation') },
    { name: s.abilities.limits, text: value('limits') },
    {
      name: s.abilities.containers,
      text: engines.length > 0 ? s.abilities.engines(engines) : s.abilities.noEngines,
      why: trials,
    },
    { name: s.abilities.nodes, text: service.multi_node ? s.abilities.yes : s.abilities.no },
  ];
  return (
    <section>
      <h4 className={classes.small}>{s.abilities.title}</h4>
      <dl className={classes.abilities}>
        {rows.map(
          ({ name, text, why }) =>
            text !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>
                  {text}
                  {why?.map((reason) => (
                    <span key={reason} className={classes.soft}>
                      {reason}
                    </span>
                  ))}
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}

/** Every fact with how it is known, for whoever asks. */
function Evidence({ service }: { service: Service }) {
  if (service.facts.length === 0) return null;
  const { fact, value, source } = s.evidenceColumns;
  return (
    <details className={classes.evidence}>
      <summary>{s.evidence(service.facts.length)}</summary>
      {/* A box that scrolls must be reachable by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <section className={classes.scroll} tabIndex={0} aria-label={s.evidence(service.facts.length)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{fact}</th>
              <th scope="col">{value}</th>
              <th scope="col">{source}</th>
            </tr>
          </thead>
          <tbody>
            {service.facts.map((one) => (
              <tr key={`${one.name} ${one.value}`}>
                <th scope="row">{s.factName[one.name] ?? one.name}</th>
                <td>{one.value}</td>
                <td>{one.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
