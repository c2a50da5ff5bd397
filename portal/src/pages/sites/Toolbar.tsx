import { CloseButton, NativeSelect, TextInput } from '@mantine/core';
import { useRef } from 'react';
import { useShortcut } from '@/app/shortcuts';
import { Icon } from '@/parts/Icon';
import { strings } from '@/strings';
import { sitesStrings } from '@/strings/sites';
import { plain } from '../run/visible';
import { COLUMNS, type Column, isDownFirst, type Order } from './rows';
import classes from './Table.module.css';

const s = sitesStrings.table;

interface Props {
  communities: string[];
  community: string;
  text: string;
  order: Order;
  set(change: { community?: string; text?: string; order?: Order }): void;
}

export function Toolbar({ communities, community, text, order, set }: Props) {
  const box = useRef<HTMLInputElement>(null);
  useShortcut('/', strings.shortcuts.search, () => box.current?.focus());
  return (
    <search className={classes.toolbar}>
      <TextInput
        ref={box}
        label={s.search}
        placeholder={s.searchHint}
        value={text}
        maxLength={200}
        onChange={(event) => set({ text: event.currentTarget.value })}
        leftSection={<Icon name="search" size={16} />}
        rightSection={
          text === '' ? null : <CloseButton size="sm" aria-label={s.clear} onClick={() => set({ text: '' })} />
        }
        className={classes.search}
      />
      {(communities.length > 0 || community !== '') && (
        <NativeSelect
          label={s.community}
          data={[
            { value: '', label: s.allCommunities },
            ...[...new Set([...communities, ...(community === '' ? [] : [community])])].map((one) => ({
              value: one,
              label: plain(one, 80),
            })),
          ]}
          value={community}
          onChange={(event) => set({ community: event.currentTarget.value })}
        />
      )}
      <NativeSelect
        label={s.sort}
        data={COLUMNS.map((column) => ({ value: column, label: s.sortBy(s.columns[column], isDownFirst(column)) }))}
        value={order.by}
        onChange={(event) => {
          const by = event.currentTarget.value as Column;
          set({ order: { by, down: isDownFirst(by) } });
        }}
        className={classes.narrowOnly}
      />
    </search>
  );
}
