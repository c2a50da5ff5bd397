import { TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { glanceQuery, servicesQuery } from '@/api/queries';
import { newRunStrings } from '@/strings/new-run';
import { useField, useForm } from './context';
import classes from './Form.module.css';
import { Group } from './Group';
import { SharingFields } from './SharingFields';
import { TextField } from './TextField';

const s = newRunStrings.form.more;
const NEWEST = 50;

export function MoreFields() {
  const services = useQuery(servicesQuery).data?.items ?? [];
  const sites = [...new Set(services.map((service) => service.site))];
  return (
    <Group title={s.title}>
      <div className={classes.grid}>
        <TextField path={['array', 'count']} label={s.array} hint={s.arrayHint} placeholder="1" number />
        <TextField path={['retries']} label={s.retries} hint={s.retriesHint} placeholder="0" number />
      </div>
      <AfterField />
      <div className={classes.grid}>
        <TextField path={['where', 'site']} label={s.site} placeholder={s.anywhere} list="new-run-sites" />
        <TextField path={['where', 'service']} label={s.service} placeholder={s.any} list="new-run-services" />
        <TextField path={['where', 'project']} label={s.project} placeholder={s.any} />
      </div>
      <SharingFields />
      <datalist id="new-run-sites">
        {sites.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id="new-run-services">
        {services.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </Group>
  );
}

function AfterField() {
  const { mistakeAt } = useForm();
  const { value, set, error, field } = useField(['after']);
  const runs = useQuery(glanceQuery({}, NEWEST)).data?.items ?? [];
  const after = Array.isArray(value) ? value.map((item) => String(item)) : [];
  const wrong = after.map((_, i) => mistakeAt(`after[${i}]`)).find((detail) => detail !== undefined);
  return (
    <TagsInput
      data-field={field}
      label={s.after}
      description={s.afterHint}
      value={after}
      onChange={(next) => set(next.length === 0 ? undefined : next)}
      data={[...new Set(runs.map((run) => run.name))]}
      error={error ?? wrong}
      maxDropdownHeight={220}
      comboboxProps={{ withinPortal: false }}
      // No stop for the keyboard, as what scrolls else is: it closes as the field is left, and would lose the focus.
      scrollAreaProps={{ viewportProps: { tabIndex: -1 } }}
    />
  );
}
