import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { communitiesQuery } from '@/api/queries';
import type { Plan } from '@/api/types';
import { useShortcut } from '@/app/shortcuts';
import { Icon } from '@/parts/Icon';
import { strings } from '@/strings';
import { offersStrings } from '@/strings/offers';
import { readBytes } from '../new-run/request/lengths';
import { plain } from '../run/visible';
import { Amount, type Step } from './Amount';
import classes from './Form.module.css';
import { acceleratorsIn, systemsIn } from './known';
import { type Name, type Wish, withWish } from './wish';

const s = offersStrings.form;

const counts = (...all: number[]): Step[] => all.map((count) => ({ text: String(count), count }));
const lengths = (...all: string[]): Step[] => all.map((text) => ({ text, count: bytesIn(text) ?? 0 }));

function bytesIn(text: string): number | undefined {
  const read = readBytes(text);
  return 'bytes' in read ? read.bytes : undefined;
}

const numberIn = (text: string): number | undefined => (Number.isFinite(Number(text)) ? Number(text) : undefined);

const CORES = counts(1, 2, 4, 8, 16, 32, 64, 128);
const MEMORY = lengths('1GiB', '2GiB', '4GiB', '8GiB', '16GiB', '32GiB', '64GiB', '128GiB', '256GiB', '512GiB', '1TiB');
const DISK = lengths('1GiB', '10GiB', '20GiB', '50GiB', '100GiB', '200GiB', '500GiB', '1TiB', '2TiB');
const ACCELERATORS = counts(0, 1, 2, 4, 8);

interface Props {
  wish: Wish;
  mistakes: Partial<Record<Name, string>>;
  /** What is known there may be suggested. */
  plan: Plan | undefined;
  sites: string[];
  setWish(wish: Wish): void;
  /** Those that come by an identifier have a name. */
  projectName(id: string): string;
  /** Of a machine alone, where nothing else is meant. */
  machine?: boolean;
}

export function WishForm({ wish, mistakes, plan, sites, setWish, projectName, machine = false }: Props) {
  const first = useRef<HTMLSelectElement>(null);
  useShortcut('/', strings.shortcuts.search, () => first.current?.focus());
  const communities = new Set((useQuery(communitiesQuery).data?.items ?? []).map((one) => one.community));
  const set = (name: Name) => (text: string) => setWish(withWish(wish, name, text));
  const field = (name: Name) => ({ value: wish[name] ?? '', set: set(name), error: mistakes[name] });
  const text = (name: Name) => ({
    value: wish[name] ?? '',
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement>) => set(name)(event.currentTarget.value),
    error: mistakes[name],
  });
  return (
    <search className={classes.form} aria-label={s.label}>
      <div className={classes.amounts}>
        <Amount label={s.cores} {...field('cores')} steps={CORES} read={numberIn} />
        <Amount label={s.memory} {...field('memory')} steps={MEMORY} read={bytesIn} />
        <Amount label={s.disk} {...field('disk')} steps={DISK} read={bytesIn} />
        <Amount label={s.accelerators} {...field('accelerators')} steps={ACCELERATORS} read={numberIn} />
      </div>
      <div className={classes.fields}>
        {!machine && (
          <NativeSelect
            ref={first}
            label={s.kind}
            data={[
              { value: '', label: s.kinds.any },
              { value: 'machine', label: s.kinds.machine },
              { value: 'batch', label: s.kinds.batch },
            ]}
            {...text('kind')}
          />
        )}
        {wish.kind !== 'batch' && (
          <>
            <TextInput label={s.os} placeholder={s.osHint} {...text('os')} {...PLAIN} list="offers-systems" />
            <TextInput
              label={s.accelerator}
              placeholder={s.acceleratorHint}
              {...text('accelerator')}
              {...PLAIN}
              list="offers-accelerators"
            />
            <TextInput label={s.acceleratorMemory} placeholder="40GiB" {...text('accelerator_memory')} {...PLAIN} />
          </>
        )}
        {!machine && wish.kind !== 'machine' && (
          <TextInput label={s.container} placeholder="docker.io/library/debian:13" {...text('container')} {...PLAIN} />
        )}
        {!machine && <TextInput label={s.walltime} placeholder="1h" {...text('walltime')} {...PLAIN} />}
        <NativeSelect
          label={s.community}
          data={choices(s.anyCommunity, [...communities], wish.community)}
          {...text('community')}
        />
        <NativeSelect label={s.site} data={choices(s.anySite, sites, wish.site)} {...text('site')} />
      </div>
      <div className={classes.last}>
        {wish.kind !== 'batch' && (
          <Checkbox
            label={s.public}
            checked={wish.public === 'true'}
            onChange={(event) => set('public')(event.currentTarget.checked ? 'true' : '')}
          />
        )}
        <Only wish={wish} setWish={setWish} projectName={projectName} />
        {Object.keys(wish).length > 0 && (
          <Button size="compact-sm" variant="subtle" className={classes.reset} onClick={() => setWish({})}>
            {s.reset}
          </Button>
        )}
      </div>
      <Suggestions id="offers-systems" values={plan ? systemsIn(plan) : []} />
      <Suggestions id="offers-accelerators" values={plan ? acceleratorsIn(plan) : []} />
    </search>
  );
}

const PLAIN = { maxLength: 200, autoComplete: 'off', spellCheck: false } as const;

/** Also one that is wished for and not known. */
const choices = (any: string, known: string[], wished: string | undefined) => [
  { value: '', label: any },
  ...[...new Set([...known, ...(wished ? [wished] : [])])]
    .sort((a, b) => a.localeCompare(b))
    .map((value) => ({ value, label: plain(value, 60) })),
];

function Suggestions({ id, values }: { id: string; values: string[] }) {
  return (
    <datalist id={id}>
      {values.map((value) => (
        <option key={value} value={value} />
      ))}
    </datalist>
  );
}

const ONLY = ['service', 'project', 'image'] as const;

/** Wishes that come by a link or from an offer, and can only be taken away here. */
function Only({ wish, setWish, projectName }: Pick<Props, 'wish' | 'setWish' | 'projectName'>) {
  return ONLY.filter((name) => wish[name] !== undefined).map((name) => {
    const said = wish[name] ?? '';
    const value = plain(name === 'project' ? projectName(said) : said, 40);
    return (
      <button
        key={name}
        type="button"
        className={classes.only}
        aria-label={s.drop(s.only[name], value)}
        onClick={() => setWish(withWish(wish, name, ''))}
      >
        {s.only[name]} <bdi>{value}</bdi>
        <Icon name="cross" size={12} />
      </button>
    );
  });
}
