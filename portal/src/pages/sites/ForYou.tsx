import { useState } from 'react';
import { Dialog } from '@/parts/Dialog';
import { Icon } from '@/parts/Icon';
import { StatusBadge } from '@/parts/RunStatus';
import { format } from '@/strings';
import { sitesStrings } from '@/strings/sites';
import { plain } from '../run/visible';
import { Fared } from './Fared';
import { AccessHelp } from './HelpView';
import type { Row } from './rows';
import { standStatus } from './stands';
import classes from './Table.module.css';

const s = sitesStrings.table;

/** How one stands at the service, in a word; what can be done about it is behind it. */
export function ForYou({ row }: { row: Row }) {
  const [open, setOpen] = useState(false);
  const { standing, stand } = row;
  const badge = <StatusBadge status={standStatus(stand)} />;
  const said = plain(shortly(row), 120);
  const name = plain(row.service ?? row.site.name, 60);
  const hasHelp = standing !== undefined && ('help' in standing || standing.trouble);
  return (
    <span className={classes.forYou}>
      {hasHelp ? (
        <button
          type="button"
          className={classes.why}
          aria-label={`${s.stand[stand]}. ${s.more(name)}`}
          onClick={() => setOpen(true)}
        >
          {badge}
          <Icon name="right" size={12} />
        </button>
      ) : (
        badge
      )}
      {said && (
        <span className={classes.said} title={said}>
          {said}
        </span>
      )}
      {stand === 'open' && row.service && <Fared service={row.service} />}
      {open && standing && (
        <Dialog title={sitesStrings.help.title(name, s.stand[stand])} onClose={() => setOpen(false)}>
          <AccessHelp of={name} access={standing} />
        </Dialog>
      )}
    </span>
  );
}

function shortly(row: Row): string {
  const { standing } = row;
  switch (row.stand) {
    case 'own':
      return s.own;
    case 'none':
      return s.none;
    case 'nothing':
      return s.nothing;
    case 'unknown':
      return s.unknown;
    case 'looking':
      return '';
    case 'open':
      return standing?.trouble
        ? s.older
        : row.gaps > 0
          ? `${format.list(row.open)}; ${s.gaps(row.gaps)}`
          : format.list(row.open);
    default:
      return standing && 'help' in standing ? standing.help.why : '';
  }
}
