import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Neighbour } from '@/api/types';
import { Empty, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { StatusBadge } from '@/parts/RunStatus';
import { machinesStrings } from '@/strings/machines';
import { Shown } from '../run/Shown';
import { Trouble } from '../run/Trouble';
import classes from './Machines.module.css';
import { neighboursQuery } from './queries';
import { machineStatus } from './status';

const s = machinesStrings.neighbours;
const columns = machinesStrings.table;

/** What stands in one's projects, whoever made it: only to be looked at. */
export function Neighbours() {
  const query = useQuery(neighboursQuery);
  const { items = [], problems = [] } = query.data ?? {};
  return (
    <Section title={s.title}>
      {query.isPending && (
        <p role="status" className={classes.soft}>
          {s.asking}
        </p>
      )}
      {query.error && <ErrorView error={query.error} retry={query.refetch} />}
      {problems.map((problem) => (
        <div key={problem.detail} className={classes.trouble}>
          <Trouble tone="waiting" problem={problem} />
        </div>
      ))}
      {query.data && items.length === 0 && problems.length === 0 && <Empty title={s.none} text={s.noneText} />}
      {items.length > 0 && (
        <div className={classes.scroll}>
          <table className={classes.table} aria-label={s.title}>
            <thead>
              <tr>
                {[columns.name, columns.status, s.of, columns.site, s.project, columns.address, columns.created].map(
                  (label) => (
                    <th key={label} scope="col">
                      {label}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <Row key={`${one.service} ${one.project.id} ${one.server}`} one={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Row({ one }: { one: Neighbour }) {
  return (
    <tr>
      <th scope="row">
        {one.run ? (
          <Link to={`/machines/${one.run}`}>
            <Shown text={one.name} longest={60} />
          </Link>
        ) : (
          <Shown text={one.name} longest={60} />
        )}
      </th>
      <td data-column="status">
        <StatusBadge status={machineStatus(one.status)} />
      </td>
      <td data-label={s.of}>
        {one.run ? (
          s.mine
        ) : (
          <>
            {s.others}
            {one.made_by && (
              <span className={classes.below}>
                <Shown text={s.madeBy(one.made_by)} longest={50} />
              </span>
            )}
          </>
        )}
      </td>
      <td data-label={columns.site}>
        <Shown text={one.site} longest={60} />
      </td>
      <td data-label={s.project}>
        <Shown text={one.project.name} longest={60} />
      </td>
      <td data-label={columns.address}>
        {one.addresses.length === 0 && <span className={classes.soft}>{columns.noAddress}</span>}
        {one.addresses.map((address) => (
          <code key={address} className={classes.one}>
            <Shown text={address} longest={60} />
          </code>
        ))}
      </td>
      {one.created_at ? (
        <td data-label={columns.created}>
          <RelativeTime at={one.created_at} />
        </td>
      ) : (
        <td data-empty />
      )}
    </tr>
  );
}
