import { NativeSelect, SegmentedControl } from '@mantine/core';
import { newRunStrings } from '@/strings/new-run';
import { getIn, isTable, setIn } from '../request/value';
import { useField, useForm } from './context';
import classes from './Form.module.css';
import { Group } from './Group';
import { LineField } from './LineField';
import { TextField } from './TextField';

const s = newRunStrings.form.what;

export function CommandFields() {
  const { value, set } = useForm();
  const inContainer = getIn(value, ['container']) !== undefined;
  const hasCommand = getIn(value, ['command']) !== undefined;

  function choose(mode: string): void {
    // The words move along: who typed a command first and thinks of the container later loses nothing.
    if ((mode === 'container') === inContainer) return;
    const words = getIn(value, inContainer ? ['container', 'command'] : ['command']);
    const bare = isTable(value) ? value : {};
    const without = setIn(setIn(bare, ['command'], undefined), ['container'], undefined) ?? {};
    const next =
      mode === 'container'
        ? setIn(without, ['container'], { image: '', ...(words === undefined ? {} : { command: words }) })
        : setIn(without, ['command'], words);
    set([], next);
  }

  return (
    <Group title={s.title}>
      <TextField path={['name']} label={s.name} hint={s.nameHint} />
      <div>
        <SegmentedControl
          aria-label={s.mode}
          value={inContainer ? 'container' : 'command'}
          onChange={choose}
          data={[
            { value: 'command', label: s.command },
            { value: 'container', label: s.container },
          ]}
        />
      </div>
      {inContainer && (
        <div className={classes.pair}>
          <TextField path={['container', 'image']} label={s.image} hint={s.imageHint} required mono />
          <NetworkField />
        </div>
      )}
      {inContainer ? (
        <LineField path={['container', 'command']} label={s.containerLine} hint={s.containerLineHint} />
      ) : (
        <LineField path={['command']} label={s.line} hint={s.lineHint} />
      )}
      {inContainer && hasCommand && <p className={classes.warning}>{s.both}</p>}
    </Group>
  );
}

function NetworkField() {
  const { value, set, error, field } = useField(['container', 'network']);
  return (
    <NativeSelect
      data-field={field}
      label={s.network}
      value={value === 'host' ? 'host' : 'none'}
      onChange={(event) => set(event.currentTarget.value === 'host' ? 'host' : undefined)}
      error={error}
      data={[
        { value: 'none', label: s.networkNone },
        { value: 'host', label: s.networkHost },
      ]}
    />
  );
}
