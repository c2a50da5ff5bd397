import { CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { RunFilter } from '@/api/queries';
import { useShortcut } from '@/app/shortcuts';
import { Icon } from '@/parts/Icon';
import { strings } from '@/strings';
import { runs as s } from '@/strings/runs';
import { choiceOf, OUTCOMES, STATES, withChoice } from './filter';
import classes from './Runs.module.css';

const CHOICES = [
  { value: '', label: s.everything },
  { value: 'active', label: s.active },
  { group: s.byOutcome, items: OUTCOMES.map((one) => ({ value: `outcome:${one}`, label: strings.outcome[one] })) },
  { group: s.byState, items: STATES.map((one) => ({ value: `state:${one}`, label: strings.state[one] })) },
];

const PAUSE = 300;

export function Toolbar({ filter, setFilter }: { filter: RunFilter; setFilter(filter: RunFilter): void }) {
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(filter.name_contains ?? '');
  // The address changed by itself: back, forward, a link.
  useEffect(() => setTyped(filter.name_contains ?? ''), [filter.name_contains]);
  useEffect(() => {
    const part = typed.trim();
    if (part === (filter.name_contains ?? '')) return;
    const timer = window.setTimeout(() => {
      const { name_contains: _, ...others } = filter;
      setFilter(part === '' ? others : { ...others, name_contains: part });
    }, PAUSE);
    return () => window.clearTimeout(timer);
  }, [typed, filter, setFilter]);
  useShortcut('/', strings.shortcuts.search, () => box.current?.focus());

  return (
    <search className={classes.toolbar}>
      <TextInput
        ref={box}
        label={s.search}
        placeholder={s.searchHint}
        value={typed}
        maxLength={200}
        onChange={(event) => setTyped(event.currentTarget.value)}
        leftSection={<Icon name="search" size={16} />}
        rightSection={typed === '' ? null : <CloseButton size="sm" aria-label={s.clear} onClick={() => setTyped('')} />}
        className={classes.search}
      />
      <NativeSelect
        label={s.show}
        data={CHOICES}
        value={choiceOf(filter)}
        onChange={(event) => setFilter(withChoice(filter, event.currentTarget.value))}
      />
    </search>
  );
}
