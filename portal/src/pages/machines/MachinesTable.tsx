import { Link } from 'wouter';
import type { Machine, Run } from '@/api/types';
import { CopyButton } from '@/parts/CopyButton';
import { RelativeTime } from '@/parts/RelativeTime';
import { RunStatus, StatusBadge } from '@/parts/RunStatus';
import { machinesStrings } from '@/strings/machines';
import { Shown } from '../run/Shown';
import { siteAddress } from '../sites/SitesTable';
import classes from './Machines.module.css';
import { bestAddress } from './reach';
import { machineStatus } from './status';

const s = machinesStrings.table;
const words = machinesStrings.one.connect;

interface Props {
  machines: Machine[];
  /** Those for which there is no place yet: their runs say why. */
  placeless: Run[];
  /** By their identifiers: then what they wait for says more than that they are being made. */
  waiting: ReadonlyMap<string, Run>;
}

export function MachinesTable({ machines, placeless, waiting }: Props) {
  return (
    <div className={classes.scroll}>
      <table className={classes.table} aria-label={s.label}>
        <thead>
          <tr>
            {[s.name, s.status, s.site, s.size, s.address, s.ends].map((label) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {placeless.map((run) => (
            <tr key={run.id}>
              <th scope="row">
                <Link to={`/machines/${run.id}`}>
                  <Shown text={run.name} longest={60} />
                </Link>
              </th>
              <td data-column="status">
                <RunStatus run={run} />
              </td>
              <td data-empty />
              <td data-empty />
              <td data-empty />
              <td data-empty />
            </tr>
          ))}
          {machines.map((machine) => (
            <Row key={machine.run} machine={machine} waiting={waiting.get(machine.run)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ machine, waiting }: { machine: Machine; waiting: Run | undefined }) {
  const best = bestAddress(machine);
  const isOver = machine.status === 'gone' || machine.status === 'deleting';
  return (
    <tr>
      <th scope="row">
        <Link to={`/machines/${machine.run}`}>
          <Shown text={machine.name} longest={60} />
        </Link>
      </th>
      <td data-column="status">
        {waiting ? <RunStatus run={waiting} /> : <StatusBadge status={machineStatus(machine.status)} />}
      </td>
      {/* Both are empty before there is an offer. */}
      <td data-label={s.site} data-empty={!machine.site || undefined}>
        {machine.site && (
          <Link to={siteAddress(machine.site)}>
            <Shown text={machine.site} longest={60} />
          </Link>
        )}
      </td>
      <td data-label={s.size} data-empty={!machine.size || undefined}>
        <Shown text={machine.size} longest={60} />
      </td>
      <td data-label={s.address}>
        {best ? (
          <span className={classes.address}>
            <code>
              <Shown text={best.address} longest={60} />
            </code>
            <CopyButton text={best.address} label={words.copyAddress(best.address)} />
          </span>
        ) : (
          <span className={classes.soft}>{s.noAddress}</span>
        )}
      </td>
      <td data-label={s.ends}>
        {isOver ? (
          <span className={classes.soft}>{s.ended}</span>
        ) : machine.ends_at ? (
          <RelativeTime at={machine.ends_at} />
        ) : (
          <span className={classes.soft}>{s.never}</span>
        )}
      </td>
    </tr>
  );
}
