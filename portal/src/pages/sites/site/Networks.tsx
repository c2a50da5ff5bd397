import type { SiteNetwork } from '@/api/types';
import { StatusBadge } from '@/parts/RunStatus';
import type { Status } from '@/parts/status';
import { siteStrings } from '@/strings/site';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import { Facts } from './Known';
import classes from './Site.module.css';

const s = siteStrings.networks;

const SIGNS = {
  public: { tone: 'done', icon: 'check' },
  pool: { tone: 'done', icon: 'check' },
  private_pool: { tone: 'waiting', icon: 'stop' },
  routed: { tone: 'active', icon: 'up' },
  isolated: { tone: 'quiet', icon: 'stop' },
  unknown: { tone: 'quiet', icon: 'planned' },
} as const satisfies Record<SiteNetwork['role'], Omit<Status, 'label'>>;

export function Networks({ networks, service }: { networks: SiteNetwork[]; service: string }) {
  if (networks.length === 0) return <p className={classes.soft}>{s.none}</p>;
  return (
    <ul className={classes.networks}>
      {networks.map((network) => (
        <NetworkView key={network.id} network={network} service={service} />
      ))}
    </ul>
  );
}

function NetworkView({ network, service }: { network: SiteNetwork; service: string }) {
  const { name, role, confidence, evidence, subnets } = network;
  const because = s.evidenceOf(plain(name, 60), plain(service, 60));
  const marks = [
    network.own && s.own,
    network.shared && s.shared,
    network.external && s.external,
    !network.port_security && s.open,
  ].filter((mark) => mark !== false);
  return (
    <li>
      <div className={classes.networkTop}>
        <strong>
          <Shown text={name} />
        </strong>
        <StatusBadge status={{ label: s.role[role], ...SIGNS[role] }} />
        <span className={classes.soft}>{s.confidence[confidence]}</span>
        {marks.length > 0 && <span className={classes.soft}>{marks.join(', ')}</span>}
      </div>
      <p className={classes.soft}>{s.roleHint[role]}</p>
      {subnets.length > 0 && (
        <ul className={classes.subnets}>
          {subnets.map((subnet) => (
            <li key={`${subnet.id} ${subnet.range}`}>
              <code>{plain(subnet.range, 60)}</code>
              {subnet.public && <span> {s.publicRange}</span>}
              {!subnet.id && <span className={classes.soft}> {s.hidden}</span>}
            </li>
          ))}
        </ul>
      )}
      {evidence.length > 0 && (
        <details className={classes.why}>
          <summary aria-label={`${s.evidence(evidence.length)}: ${because}`}>{s.evidence(evidence.length)}</summary>
          <Facts label={because} facts={evidence} />
        </details>
      )}
    </li>
  );
}
