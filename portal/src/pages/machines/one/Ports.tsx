import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Machine } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { isOpening } from '../reach';
import classes from './One.module.css';
import { useDeed } from './useDeeds';

const s = machinesStrings.one.ports;

/** What is reached from outside; to be opened and closed one at a time. */
export function Ports({ machine }: { machine: Machine }) {
  const deed = useDeed(machine.run);
  const [typed, setTyped] = useState('');
  const [isWrong, setWrong] = useState(false);
  function open(event: React.FormEvent): void {
    event.preventDefault();
    const port = typed.trim();
    setWrong(!isOpening(port));
    if (isOpening(port)) deed.mutate({ do: 'open', ports: [port] }, { onSuccess: () => setTyped('') });
  }
  return (
    <Section title={s.title}>
      <Card>
        {machine.open.length === 0 && <p className={classes.why}>{s.none}</p>}
        {machine.open.length > 0 && (
          <ul className={classes.ports}>
            {machine.open.map((port) => (
              <li key={port}>
                <code>{port}</code>
                <button
                  type="button"
                  aria-label={s.close(port)}
                  disabled={deed.isPending}
                  onClick={() => deed.mutate({ do: 'close', ports: [port] })}
                >
                  <Icon name="cross" size={12} />
                </button>
              </li>
            ))}
          </ul>
        )}
        <p className={classes.soft}>{s.text}</p>
        <form className={classes.adding} onSubmit={open}>
          <TextInput
            size="xs"
            aria-label={s.add}
            placeholder={s.hint}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              setWrong(false);
            }}
            error={isWrong && s.wrong}
            maxLength={20}
            autoComplete="off"
          />
          <Button type="submit" size="xs" variant="default" loading={deed.isPending} disabled={typed.trim() === ''}>
            {s.open}
          </Button>
        </form>
        {deed.error && <ErrorView error={deed.error} />}
      </Card>
    </Section>
  );
}
