import type { Size } from '@/api/types';
import { format } from '@/strings';
import { siteStrings } from '@/strings/site';
import { bytesText } from '../../new-run/plan/reason';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import { bytesOf } from '../busyness';
import { KnownMark } from './Known';
import { type ColumnOf, ListTable } from './ListTable';
import classes from './Site.module.css';

const s = siteStrings.sizes;

const acceleratorText = ({ accelerators, accelerator }: Size): string =>
  s.accelerators(accelerators, accelerator, accelerator?.memory ? bytesText(accelerator.memory) : undefined);

const COLUMNS: ColumnOf<Size>[] = [
  {
    name: 'name',
    label: s.columns.name,
    value: (size) => size.name,
    cell: (size) => (
      <span className={classes.named}>
        <Shown text={size.name} />
        <KnownMark
          name={size.name}
          {...(size.facts && { facts: size.facts })}
          {...(size.conflicts && { conflicts: size.conflicts })}
        />
      </span>
    ),
  },
  {
    name: 'cores',
    label: s.columns.cores,
    value: (size) => size.cores,
    cell: (size) => format.number(size.cores),
    numeric: true,
  },
  {
    name: 'memory',
    label: s.columns.memory,
    value: (size) => bytesOf(size.memory),
    cell: (size) => bytesText(size.memory),
    numeric: true,
  },
  {
    name: 'disk',
    label: s.columns.disk,
    value: (size) => bytesOf(size.disk),
    cell: (size) => (size.from_volume ? s.fromVolume : bytesText(size.disk)),
    numeric: true,
  },
  {
    name: 'accelerators',
    label: s.columns.accelerators,
    value: (size) => size.accelerators,
    cell: (size) => <Shown text={acceleratorText(size)} />,
  },
];

export function Sizes({ sizes, service }: { sizes: Size[]; service: string }) {
  if (sizes.length === 0) return <p className={classes.soft}>{s.none}</p>;
  return (
    <ListTable
      label={siteStrings.at(s.title, plain(service, 60))}
      items={sizes}
      keyOf={(size) => size.id ?? size.name}
      columns={COLUMNS}
    />
  );
}
