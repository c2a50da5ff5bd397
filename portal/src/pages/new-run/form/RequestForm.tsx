import { newRunStrings } from '@/strings/new-run';
import { InputFields } from '../inputs/InputFields';
import type { Uploads } from '../inputs/useUploads';
import { CommandFields } from './CommandFields';
import { EnvFields } from './EnvFields';
import classes from './Form.module.css';
import { MoreFields } from './MoreFields';
import { OutputFields } from './OutputFields';
import { ResourceFields } from './ResourceFields';
import { WorkflowFields } from './WorkflowFields';

const s = newRunStrings.form;

interface Props {
  uploads: Uploads;
  /** In which line the file cannot be read. Then the form waits: changing it would overwrite what is being typed. */
  paused: number | undefined;
}

export function RequestForm({ uploads, paused }: Props) {
  return (
    <div className={classes.form}>
      {paused !== undefined && <p className={classes.warning}>{s.paused(paused)}</p>}
      <fieldset className={classes.form} disabled={paused !== undefined} aria-label={s.label}>
        <CommandFields />
        <InputFields uploads={uploads} />
        <WorkflowFields />
        <OutputFields />
        <ResourceFields />
        <EnvFields />
        <MoreFields />
      </fieldset>
    </div>
  );
}
