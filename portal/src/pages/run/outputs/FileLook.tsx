import { Button } from '@mantine/core';
import type { OutputFile } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { CopyText } from '../CopyText';
import { outputUrl } from '../log/origin';
import { Shown } from '../Shown';
import { fileKey } from './FileTable';
import classes from './Outputs.module.css';
import { Preview } from './preview/Preview';

/** One file: its name in full, its checksum, and what is in it. */
export function FileLook({ run, file }: { run: string; file: OutputFile }) {
  return (
    <section className={classes.look} aria-label={s.preview.title}>
      <div className={classes.lookTop}>
        <h2 className={classes.lookName}>
          <Shown text={file.path} longest={200} />
        </h2>
        <Button
          component="a"
          size="xs"
          variant="default"
          href={outputUrl(run, file.element, file.path).href}
          download
          leftSection={<Icon name="down" size={14} />}
        >
          {s.outputs.save}
        </Button>
      </div>
      <p className={classes.facts}>
        <span>{format.bytes(file.bytes)}</span>
        <CopyText text={file.sha256} short={s.outputs.sha(file.sha256.slice(0, 16))} what={s.outputs.checksum} />
      </p>
      <Preview key={`${fileKey(file)} ${file.sha256}`} run={run} file={file} />
    </section>
  );
}
