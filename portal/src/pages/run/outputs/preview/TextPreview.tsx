import { Switch } from '@mantine/core';
import { useState } from 'react';
import { runStrings as s } from '@/strings/run';
import { LogView, placeOf } from '../../log/LogView';
import { fileOrigin } from '../../log/origin';
import { useLogModel } from '../../log/useLogModel';
import type { PreviewProps } from './Preview';
import classes from './Preview.module.css';

/** Text of any length, read where one looks, as logs are. HTML and SVG are text here: nothing of them is carried out. */
export function TextPreview({ file, url }: PreviewProps) {
  const model = useLogModel(() => fileOrigin(url, file.bytes), 'start');
  const [wrap, setWrap] = useState(true);
  return (
    <div className={classes.text}>
      <div className={classes.textPlace}>
        <LogView model={model} label={s.preview.content} wrap={wrap} />
      </div>
      <div className={classes.tools}>
        <span className={classes.note}>{placeOf(model)}</span>
        <Switch
          size="xs"
          label={s.log.wrap}
          checked={wrap}
          onChange={(event) => setWrap(event.currentTarget.checked)}
        />
      </div>
    </div>
  );
}
