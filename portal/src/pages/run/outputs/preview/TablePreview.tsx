import { Switch } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { Loading } from '@/parts/Loading';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { breathe } from '../../breathe';
import { Shown } from '../../Shown';
import { Space } from '../../Space';
import { CsvReader, separatorOf } from '../formats/csv';
import { Cut, Fetched, Note, type PreviewProps, useBeginning } from './Preview';
import classes from './Preview.module.css';

const MOST_BYTES = 4 << 20;
const PIECE = 16 << 10;
const ROW = 28;
const SHOWN_COLUMNS = 60;

export function TablePreview(props: PreviewProps) {
  const query = useBeginning(props, MOST_BYTES);
  return (
    <Fetched query={query}>
      {(bytes) => (
        <>
          <Table bytes={bytes} path={props.file.path} isCut={bytes.length < props.file.bytes} />
          <Cut shown={bytes.length} all={props.file.bytes} />
        </>
      )}
    </Fetched>
  );
}

function* read(bytes: Uint8Array, path: string, isCut: boolean): Generator<undefined, CsvReader> {
  const decoder = new TextDecoder();
  const reader = new CsvReader(separatorOf(path, decoder.decode(bytes.subarray(0, PIECE))));
  const pieces = new TextDecoder();
  for (let at = 0; at < bytes.length; at += PIECE) {
    reader.push(pieces.decode(bytes.subarray(at, at + PIECE), { stream: true }));
    yield;
  }
  // A row that was cut in the middle would say something that is not in the file.
  if (!isCut) reader.end();
  return reader;
}

function Table({ bytes, path, isCut }: { bytes: Uint8Array; path: string; isCut: boolean }) {
  const [table, setTable] = useState<CsvReader>();
  const [headed, setHeaded] = useState(true);
  const field = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const abort = new AbortController();
    breathe(read(bytes, path, isCut), abort.signal).then(setTable, () => undefined);
    return () => abort.abort();
  }, [bytes, path, isCut]);

  const all = table?.rows ?? [];
  const [head, body] = headed ? [all[0] ?? [], all.slice(1)] : [undefined, all];
  const rows = useVirtualizer({
    count: body.length,
    getScrollElement: () => field.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  if (table === undefined) return <Loading />;
  const columns = Array.from({ length: Math.min(table.width, SHOWN_COLUMNS) }, (_, column) => column);
  const items = rows.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = rows.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable with keys */}
      <section ref={field} className={classes.tableField} tabIndex={0} aria-label={s.preview.content}>
        <table className={classes.table} aria-rowcount={all.length}>
          <thead>
            <tr>
              <th scope="col">{s.preview.rowNumber}</th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  <Shown text={head?.[column] ?? String(column + 1)} longest={60} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <Space height={above} columns={columns.length + 1} />
            {items.map((item) => (
              <tr key={item.key} style={{ height: ROW }} aria-rowindex={item.index + (headed ? 2 : 1)}>
                <th scope="row">{format.number(item.index + 1)}</th>
                {columns.map((column) => {
                  const cell = body[item.index]?.[column] ?? '';
                  return (
                    <td key={column} data-number={isNumber(cell) || undefined}>
                      <Shown text={cell} longest={80} />
                    </td>
                  );
                })}
              </tr>
            ))}
            <Space height={below} columns={columns.length + 1} />
          </tbody>
        </table>
      </section>
      <div className={classes.tools}>
        <Note>
          {s.preview.table(body.length, table.width)}
          {table.width > SHOWN_COLUMNS && ` ${s.preview.columnsCut(SHOWN_COLUMNS)}`}
        </Note>
        <Switch
          size="xs"
          label={s.preview.headed}
          checked={headed}
          onChange={(event) => setHeaded(event.currentTarget.checked)}
        />
      </div>
    </>
  );
}

const isNumber = (cell: string) => cell !== '' && /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(cell);
