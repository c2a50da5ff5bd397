import { Switch } from '@mantine/core';
import { useState } from 'react';
import type { Image } from '@/api/types';
import { siteStrings } from '@/strings/site';
import { bytesText } from '../../new-run/plan/reason';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import { bytesOf } from '../busyness';
import { KnownMark } from './Known';
import { type ColumnOf, ListTable } from './ListTable';
import classes from './Site.module.css';

const s = siteStrings.images;

/** Those that somebody is meant to find; what others share with the project is for it. */
const isOffered = (image: Image): boolean =>
  image.standing.standing === 'offered' || image.standing.standing === 'foreign';

const systemText = ({ system, architecture }: Image): string =>
  [system?.name, system?.version, architecture].filter(Boolean).join(' ');

/** What the standing does not say by its word alone. */
function more({ standing }: Image): string {
  switch (standing.standing) {
    case 'superseded':
      return standing.by;
    case 'foreign':
      return standing.owner;
    case 'unusable':
      return standing.why;
    default:
      return '';
  }
}

const COLUMNS: ColumnOf<Image>[] = [
  {
    name: 'name',
    label: s.columns.name,
    value: (image) => image.name,
    cell: (image) => (
      <span className={classes.named}>
        <Shown text={image.name} />
        <KnownMark
          name={image.name}
          {...(image.facts && { facts: image.facts })}
          {...(image.conflicts && { conflicts: image.conflicts })}
        />
      </span>
    ),
  },
  { name: 'system', label: s.columns.system, value: systemText, cell: (image) => <Shown text={systemText(image)} /> },
  {
    name: 'user',
    label: s.columns.user,
    value: (image) => image.login_user ?? '',
    cell: (image) => image.login_user && <Shown text={image.login_user} />,
  },
  {
    name: 'disk',
    label: s.columns.disk,
    value: (image) => bytesOf(image.min_disk),
    cell: (image) => bytesText(image.min_disk),
    numeric: true,
  },
  {
    name: 'standing',
    label: s.columns.standing,
    value: (image) => image.standing.standing,
    cell: (image) => (
      <>
        {s.standing[image.standing.standing]}{' '}
        <span className={classes.soft}>
          <Shown text={more(image)} />
        </span>
      </>
    ),
  },
];

export function Images({ images, service }: { images: Image[]; service: string }) {
  const [all, setAll] = useState(false);
  const offered = images.filter(isOffered);
  const others = images.length - offered.length;
  const shown = all ? images : offered;
  return (
    <>
      {others > 0 && (
        <Switch
          size="sm"
          mb="xs"
          label={s.others(others)}
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      )}
      {shown.length === 0 ? (
        <p className={classes.soft}>{s.none}</p>
      ) : (
        <ListTable
          label={siteStrings.at(s.title, plain(service, 60))}
          items={shown}
          keyOf={(image) => image.id}
          columns={COLUMNS}
        />
      )}
    </>
  );
}
