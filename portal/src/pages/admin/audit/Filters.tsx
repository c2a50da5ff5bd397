import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type FormEvent, useId, useRef, useState } from 'react';
import { useShortcut } from '@/app/shortcuts';
import { strings } from '@/strings';
import { admin } from '@/strings/admin';
import { plain } from '../../run/visible';
import classes from '../Admin.module.css';
import type { AuditFilter } from '../queries';
import { fromLocal, toLocal } from './filter';
import { BESIDE, OFTEN } from './operations';

const s = admin.audit.filters;

interface Props {
  filter: AuditFilter;
  names: Map<string, string> | undefined;
  onFilter(filter: AuditFilter): void;
}

/** Taken together and by a button: each look is written into the audit, and half a word would be a look too. */
export function Filters({ filter, names, onFilter }: Props) {
  const [person, setPerson] = useState(filter.person ?? '');
  const [operation, setOperation] = useState(filter.operation ?? '');
  const [about, setAbout] = useState(filter.about ?? '');
  const [since, setSince] = useState(toLocal(filter.since));
  const [until, setUntil] = useState(toLocal(filter.until));
  const [refused, setRefused] = useState(filter.refused === true);
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [people, operations] = [useId(), useId()];
  const first = useRef<HTMLInputElement>(null);
  useShortcut('/', strings.shortcuts.search, () => first.current?.focus());

  function submit(event: FormEvent): void {
    event.preventDefault();
    const [from, to] = [fromLocal(since), fromLocal(until)];
    onFilter({
      ...(person.trim() ? { person: idOf(person.trim(), names) } : {}),
      ...(operation.trim() ? { operation: operation.trim().toLowerCase().replaceAll(' ', '_') } : {}),
      ...(about.trim() ? { about: about.trim() } : {}),
      ...(from ? { since: from } : {}),
      ...(to ? { until: to } : {}),
      ...(refused ? { refused } : {}),
    });
  }
  return (
    <search aria-label={s.title(0)}>
      <details open={!isNarrow} className={classes.folded}>
        <summary>{s.title(Object.keys(filter).length)}</summary>
        <form className={classes.filters} onSubmit={submit}>
          <TextInput
            ref={first}
            label={s.person}
            placeholder={s.personHint}
            value={person}
            list={people}
            onChange={(event) => setPerson(event.currentTarget.value)}
          />
          <datalist id={people}>
            {[...(names ?? [])].map(([id, name]) => (
              <option key={id} value={id}>
                {plain(name, 80)}
              </option>
            ))}
          </datalist>
          <TextInput
            label={s.operation}
            placeholder={s.operationHint}
            value={operation}
            list={operations}
            onChange={(event) => setOperation(event.currentTarget.value)}
          />
          <datalist id={operations}>
            {[...OFTEN, ...BESIDE].map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <TextInput
            label={s.about}
            placeholder={s.aboutHint}
            value={about}
            onChange={(event) => setAbout(event.currentTarget.value)}
          />
          <NativeSelect
            label={s.result}
            data={[
              { value: '', label: s.results.all },
              { value: 'refused', label: s.results.refused },
            ]}
            value={refused ? 'refused' : ''}
            onChange={(event) => setRefused(event.currentTarget.value !== '')}
          />
          <TextInput
            type="datetime-local"
            label={s.since}
            value={since}
            onChange={(event) => setSince(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label={s.until}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
          <div className={classes.filterActions}>
            <Button type="submit">{s.apply}</Button>
            {Object.keys(filter).length > 0 && (
              <Button variant="default" onClick={() => onFilter({})}>
                {s.clear}
              </Button>
            )}
          </div>
        </form>
      </details>
    </search>
  );
}

/** A name that only one person has stands for them; what is no name is taken for an identifier. */
function idOf(typed: string, names: Map<string, string> | undefined): string {
  const wanted = typed.toLowerCase();
  const same = [...(names ?? [])].filter(([, name]) => name.toLowerCase() === wanted);
  return same.length === 1 && same[0] ? same[0][0] : typed;
}
