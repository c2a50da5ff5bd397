import { newRunStrings } from '@/strings/new-run';
import classes from './Form.module.css';
import { Group } from './Group';
import { TextField } from './TextField';

const s = newRunStrings.form.resources;

/** The placeholders are what a request has when nothing is said. */
export function ResourceFields() {
  return (
    <Group title={s.title}>
      <div className={classes.grid}>
        <TextField path={['resources', 'cores']} label={s.cores} hint={s.coresHint} placeholder="1" number />
        <TextField path={['resources', 'memory']} label={s.memory} hint={s.bytesHint} placeholder="1GiB" />
        <TextField path={['resources', 'disk']} label={s.disk} hint={s.bytesHint} placeholder="1GiB" />
        <TextField path={['resources', 'walltime']} label={s.walltime} hint={s.walltimeHint} placeholder="1h" />
        <TextField
          path={['resources', 'accelerators']}
          label={s.accelerators}
          hint={s.acceleratorsHint}
          placeholder="0"
          number
        />
        <TextField path={['resources', 'nodes']} label={s.nodes} placeholder="1" number />
        <TextField path={['resources', 'tasks_per_node']} label={s.tasks} placeholder="1" number />
      </div>
    </Group>
  );
}
