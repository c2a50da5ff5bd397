import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { AuditEntry } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { StatusBadge } from '@/parts/RunStatus';
import { format } from '@/strings';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import classes from '../Admin.module.css';
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
  // Outermost first: what it was about is the last.
  const last = about.split(/[\s,/]+/).at(-1) ?? '';
  const facts: [string, ReactNode][] = [
    [s.columns.at, format.moment(entry.at)],
    [s.columns.person, entry.person ? person(entry.person) : s.stranger],
    [s.columns.result, <StatusBadge key="result" status={result(entry)} />],
    ...(about === ''
      ? []
      : ([
          [
            s.columns.about,
            about.startsWith('run-') ? <Link to={`/runs/${last}`}>{about}</Link> : <Shown key="about" text={about} />,
          ],
        ] satisfies [string, ReactNode][])),
    ...(entry.owner ? ([[s.owner, person(entry.owner)]] satisfies [string, ReactNode][]) : []),
    ...(entry.address ? ([[s.columns.address, entry.address]] satisfies [string, ReactNode][]) : []),
    ...(entry.credential
      ? ([[s.credential, <code key="credential">{entry.credential}</code>]] satisfies [string, ReactNode][])
      : []),
    [s.status, String(entry.status)],
    [s.request, <code key="request">{entry.request}</code>],
    [s.entry, <code key="entry">{entry.id}</code>],
  ];
  return (
    <Dialog title={inWords(entry.operation)} onClose={onClose}>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
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
    </Dialog>
  );
}
