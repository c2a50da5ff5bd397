import { Link } from 'wouter';
import type { AuditEntry } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { StatusBadge } from '@/parts/RunStatus';
import { format } from '@/strings';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import classes from '../Admin.module.css';
import { Fact } from '../Fact';
import { writeFilter } from './filter';
import { inWords } from './operations';
import { result } from './result';

const s = admin.audit;

interface Props {
  entry: AuditEntry;
  who(id: string): string;
  onClose(): void;
}

/** All that an entry says, and where to look on from there. */
export function Details({ entry, who, onClose }: Props) {
  const { about } = entry;
  const person = (id: string) => (
    <>
      <Link to={`/admin/people?person=${id}`}>
        <Shown text={who(id)} />
      </Link>{' '}
      <code className={classes.small}>{id}</code>
    </>
  );
  // Outermost first.
  const [outermost = ''] = about.split('/');
  return (
    <Dialog title={inWords(entry.operation)} onClose={onClose}>
      <div className={classes.about}>
        <dl className={classes.facts}>
          <Fact name={s.columns.at}>{format.moment(entry.at)}</Fact>
          <Fact name={s.columns.person}>{entry.person ? person(entry.person) : s.stranger}</Fact>
          <Fact name={s.columns.result}>
            <StatusBadge status={result(entry)} />
          </Fact>
          <Fact name={s.columns.about}>
            {outermost.startsWith('run-') ? (
              <Link to={`/runs/${outermost}`}>{about}</Link>
            ) : (
              about && <Shown text={about} />
            )}
          </Fact>
          <Fact name={s.owner}>{entry.owner && person(entry.owner)}</Fact>
          <Fact name={s.columns.address}>{entry.address}</Fact>
          <Fact name={s.credential}>{entry.credential && <code>{entry.credential}</code>}</Fact>
          <Fact name={s.status}>{entry.status}</Fact>
          <Fact name={s.request}>
            <code>{entry.request}</code>
          </Fact>
          <Fact name={s.entry}>
            <code>{entry.id}</code>
          </Fact>
        </dl>
        <ul className={classes.links}>
          {entry.person && (
            <li>
              <Link to={writeFilter({ person: entry.person })} onClick={onClose}>
                {s.onlyPerson}
              </Link>
            </li>
          )}
          {about !== '' && (
            <li>
              <Link to={writeFilter({ about })} onClick={onClose}>
                {s.onlyAbout}
              </Link>
            </li>
          )}
          <li>
            <Link to={writeFilter({ operation: entry.operation })} onClick={onClose}>
              {s.onlyOperation}
            </Link>
          </li>
        </ul>
      </div>
    </Dialog>
  );
}
