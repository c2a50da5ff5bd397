import { Button, NumberInput } from '@mantine/core';
import { useState } from 'react';
import type { Machine } from '@/api/types';
import { Confirm } from '@/parts/Confirm';
import { Icon } from '@/parts/Icon';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { Shown } from '../../run/Shown';
import { isChanging } from '../queries';
import classes from './One.module.css';
import { useDeed } from './useDeeds';

const s = machinesStrings.one.volumes;
/** GiB; the gateway takes no longer one. */
const LONGEST = 65_536;

/** What it starts from, and what it keeps data on; all of it goes with the machine. */
export function Volumes({ machine }: { machine: Machine }) {
  const deed = useDeed(machine.run);
  const [length, setLength] = useState<number | string>('');
  const [removing, setRemoving] = useState<string>();
  const busy = deed.isPending || isChanging(machine);
  const volumes = machine.volumes ?? [];
  function add(event: React.FormEvent): void {
    event.preventDefault();
    if (typeof length === 'number') {
      deed.mutate({ do: 'add_volume', size: `${length}GiB` }, { onSuccess: () => setLength('') });
    }
  }
  return (
    <Section title={s.title}>
      <Card>
        {volumes.length === 0 && <p className={classes.why}>{s.none}</p>}
        {volumes.length > 0 && (
          <ul className={classes.addresses} aria-label={s.title}>
            {volumes.map(({ name, size, boots, device }) => (
              <li key={name}>
                <code>{name}</code>
                <span>{size}</span>
                {device && (
                  <code>
                    <Shown text={device} longest={40} />
                  </code>
                )}
                {boots && <span className={classes.soft}>{s.boots}</span>}
                {!boots && (
                  <button type="button" aria-label={s.remove(name)} disabled={busy} onClick={() => setRemoving(name)}>
                    <Icon name="cross" size={12} />
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
        <p className={classes.soft}>{s.text}</p>
        <form className={classes.adding} onSubmit={add}>
          <NumberInput
            size="xs"
            aria-label={s.add}
            placeholder={s.hint}
            suffix=" GiB"
            value={length}
            onChange={setLength}
            min={1}
            max={LONGEST}
            allowDecimal={false}
            autoComplete="off"
          />
          <Button type="submit" size="xs" variant="default" loading={busy} disabled={typeof length !== 'number'}>
            {s.get}
          </Button>
        </form>
        {deed.error && <ErrorView error={deed.error} />}
      </Card>
      {removing && (
        <Confirm
          title={s.removeTitle(removing)}
          text={s.removeText}
          keep={s.keep}
          act={s.remove(removing)}
          doIt={() => deed.mutateAsync({ do: 'remove_volume', volume: removing })}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </Section>
  );
}
