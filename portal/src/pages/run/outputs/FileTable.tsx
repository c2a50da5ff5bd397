import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { OutputFile } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { CopyText } from '../CopyText';
import { outputUrl } from '../log/origin';
import { Space } from '../Space';
import { plain } from '../visible';
import classes from './Outputs.module.css';

const ROW = 38;

interface Props {
  run: string;
  files: OutputFile[];
  /** Which element made it matters only in an array. */
  withElement: boolean;
  chosen: OutputFile | undefined;
  onChoose(file: OutputFile): void;
  /** Called when the end comes in sight. */
  onEnd?(): void;
}

export const fileKey = (file: OutputFile): string => `${file.element}/${file.path}`;

export function FileTable({ run, files, withElement, chosen, onChoose, onEnd }: Props) {
  const field = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: files.length,
    getScrollElement: () => field.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    if (last > files.length - 30) end.current?.();
  }, [last, files.length]);
  const columns = withElement ? 5 : 4;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable with keys
    <section ref={field} className={classes.field} tabIndex={0} aria-label={s.outputs.files}>
      <table className={classes.table}>
        <thead>
          <tr>
            {withElement && <th scope="col">{s.outputs.element}</th>}
            <th scope="col">{s.outputs.path}</th>
            <th scope="col" className={classes.right}>
              {s.outputs.size}
            </th>
            <th scope="col" className={classes.wide}>
              {s.outputs.checksum}
            </th>
            <th scope="col">
              <span className={classes.unseen}>{s.outputs.save}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          <Space height={items[0]?.start ?? 0} columns={columns} />
          {items.map((item) => {
            const file = files[item.index];
            if (file === undefined) return null;
            const isChosen = chosen !== undefined && fileKey(chosen) === fileKey(file);
            return (
              <tr key={fileKey(file)} data-chosen={isChosen || undefined} style={{ height: ROW }}>
                {withElement && <td>{s.array.element(file.element)}</td>}
                <th scope="row" className={classes.path}>
                  <button type="button" className={classes.name} aria-pressed={isChosen} onClick={() => onChoose(file)}>
                    <bdi>{plain(file.path, 300)}</bdi>
                  </button>
                </th>
                <td className={classes.right}>{format.bytes(file.bytes)}</td>
                <td className={classes.wide}>
                  <CopyText text={file.sha256} short={file.sha256.slice(0, 12)} what={s.outputs.checksum} />
                </td>
                <td>
                  <a
                    href={outputUrl(run, file.element, file.path).href}
                    download
                    className={classes.save}
                    title={s.outputs.save}
                    aria-label={s.outputs.saveNamed(plain(file.path, 80))}
                  >
                    <Icon name="down" size={16} />
                  </a>
                </td>
              </tr>
            );
          })}
          <Space height={rows.getTotalSize() - (items.at(-1)?.end ?? 0)} columns={columns} />
        </tbody>
      </table>
    </section>
  );
}
