import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { keys } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { readPart } from '../../log/origin';
import { Shown } from '../../Shown';
import { FitsMistake, type Hdu } from '../formats/fits';
import { type Column, cellsOf, columnsOf, rowBytes, rowCount } from '../formats/fits-table';
import { Note, type PreviewProps } from './Preview';
import classes from './Preview.module.css';

const MOST_ROWS = 200;
const MOST_BYTES = 4 << 20;
const SHOWN_COLUMNS = 60;

interface Props extends PreviewProps {
  hdu: Hdu;
}

/** The beginning of a table: enough to see what is in it. */
export function FitsTable({ run, file, url, hdu }: Props) {
  const columns = useMemo(() => attempt(() => columnsOf(hdu)), [hdu]);
  const length = rowBytes(hdu);
  const rows = Math.min(rowCount(hdu), MOST_ROWS, Math.floor(MOST_BYTES / Math.max(length, 1)));
  const query = useQuery({
    queryKey: [...keys.run(run), 'rows', file.sha256, hdu.index],
    enabled: columns !== undefined && rows > 0,
    queryFn: ({ signal }) =>
      readPart(url, hdu.dataAt, Math.max(0, Math.min(rows * length, file.bytes - hdu.dataAt)), signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 20_000,
  });
  if (columns === undefined) return <Note>{s.fits.badTable}</Note>;
  if (rowCount(hdu) === 0) return <Note>{s.fits.noRows(columns.length)}</Note>;
  if (rows === 0) return <Note>{s.fits.wideRows(format.bytes(length))}</Note>;
  if (query.error) return <ErrorView error={query.error} retry={query.refetch} />;
  if (!query.data) return <Loading />;
  return <Rows hdu={hdu} columns={columns} bytes={query.data} />;
}

function Rows({ hdu, columns, bytes }: { hdu: Hdu; columns: Column[]; bytes: Uint8Array }) {
  const shown = columns.slice(0, SHOWN_COLUMNS);
  const cells = useMemo(() => cellsOf(hdu, columns.slice(0, SHOWN_COLUMNS), bytes), [hdu, columns, bytes]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable with keys */}
      <section className={classes.tableField} tabIndex={0} aria-label={s.preview.content}>
        <table className={classes.table} aria-rowcount={rowCount(hdu) + 1}>
          <thead>
            <tr>
              <th scope="col">{s.preview.rowNumber}</th>
              {shown.map((column) => (
                <th key={column.at} scope="col" title={column.form}>
                  <Shown text={column.name} longest={60} />
                  {column.unit && (
                    <span className={classes.unit}>
                      <Shown text={column.unit} longest={30} />
                    </span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cells.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity but their place
              <tr key={index} aria-rowindex={index + 2}>
                <th scope="row">{format.number(index + 1)}</th>
                {row.map((cell, column) => (
                  <td key={shown[column]?.at} data-number={isNumber(cell) || undefined}>
                    <Shown text={cell} longest={80} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Note>
        {s.fits.firstRows(cells.length, rowCount(hdu), columns.length)}
        {columns.length > SHOWN_COLUMNS && ` ${s.preview.columnsCut(SHOWN_COLUMNS)}`}
      </Note>
    </>
  );
}

const isNumber = (cell: string) => /^[-+]?\d/.test(cell) && Number.isFinite(Number(cell));

function attempt(work: () => Column[]): Column[] | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof FitsMistake) return undefined;
    throw error;
  }
}
