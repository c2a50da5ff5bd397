import { Button, Group, Table, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/api/client';
import type { Quota, QuotaOf } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import classes from './Admin.module.css';
import table from './Quotas.module.css';
import { keys, quotasQuery } from './queries';

const s = admin.quotas;
const WHAT = ['runs', 'cores', 'accelerators'] as const;

const NOTHING: Quota = { runs: null, cores: null, accelerators: null };

/** For whom something is decided: one who is in the list, or another by name. */
interface Chosen {
  kind: 'person' | 'community';
  /** Undefined: still to be said. */
  id?: string;
  name?: string;
  decided: Quota;
}

export default function QuotasPart() {
  const quotas = useInfiniteQuery(quotasQuery);
  const [chosen, choose] = useState<Chosen>();
  const first = quotas.data?.pages[0];
  if (!first) return quotas.error ? <ErrorView error={quotas.error} retry={quotas.refetch} /> : <Loading />;
  const items = quotas.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <p className={classes.lead}>{s.lead}</p>
      <Group mb="md">
        <Button variant="default" onClick={() => choose({ kind: 'person', decided: NOTHING })}>
          {s.forPerson}
        </Button>
        <Button variant="default" onClick={() => choose({ kind: 'community', decided: NOTHING })}>
          {s.forCommunity}
        </Button>
        <Button variant="default" loading={quotas.isFetching} onClick={() => void quotas.refetch()}>
          {admin.refresh}
        </Button>
      </Group>
      <Section title={s.forAll}>
        <Card>
          <dl className={classes.facts}>
            {(['person', 'community'] as const).map((kind) => (
              <div key={kind}>
                <dt>{s.each[kind]}</dt>
                <dd>{s.most(first.defaults[kind] ?? NOTHING)}</dd>
              </div>
            ))}
          </dl>
        </Card>
      </Section>
      <Section title={s.others}>
        {items.length === 0 && <p className={classes.nothing}>{s.none}</p>}
        {items.length > 0 && (
          <Card flush>
            <Table aria-label={admin.parts.quotas} className={table.table}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{s.who}</Table.Th>
                  {WHAT.map((what) => (
                    <Table.Th key={what}>{s.what[what]}</Table.Th>
                  ))}
                  <Table.Th>{s.waiting}</Table.Th>
                  <Table.Td />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((one) => (
                  <Row key={one.person ?? `community ${one.community}`} one={one} choose={choose} />
                ))}
              </Table.Tbody>
            </Table>
          </Card>
        )}
        {quotas.hasNextPage && (
          <Button mt="xs" size="compact-sm" variant="subtle" onClick={() => void quotas.fetchNextPage()}>
            {s.more}
          </Button>
        )}
      </Section>
      {quotas.error && <ErrorView error={quotas.error} retry={quotas.refetch} />}
      {chosen && <Decide chosen={chosen} onClose={() => choose(undefined)} />}
    </>
  );
}

function Row({ one, choose }: { one: QuotaOf; choose(chosen: Chosen): void }) {
  const isPerson = one.person != null;
  const id = one.person ?? one.community ?? '';
  const name = one.name ?? id;
  return (
    <Table.Tr>
      <Table.Td>
        <strong>{name}</strong> <span className={classes.small}>{isPerson ? s.person : s.community}</span>
      </Table.Td>
      {WHAT.map((what) => (
        <Table.Td key={what} data-label={s.what[what]}>
          {s.inFlight(one[what].used, one[what].most)}
          {one.decided[what] != null && <span className={classes.small}> {s.decided}</span>}
        </Table.Td>
      ))}
      <Table.Td data-label={s.waiting}>{s.count(one.waiting)}</Table.Td>
      <Table.Td className={table.last}>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={s.changeOf(name)}
          onClick={() => choose({ kind: isPerson ? 'person' : 'community', id, name, decided: one.decided })}
        >
          {s.change}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

/** Undefined for what is no number; an empty field is none decided. */
function read(text: string, isWhole: boolean): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) && value >= 0 && (!isWhole || Number.isInteger(value)) ? value : undefined;
}

function Decide({ chosen, onClose }: { chosen: Chosen; onClose(): void }) {
  const client = useQueryClient();
  const { kind } = chosen;
  const [id, setId] = useState(chosen.id ?? '');
  const [texts, setTexts] = useState(() => ({
    runs: String(chosen.decided.runs ?? ''),
    cores: String(chosen.decided.cores ?? ''),
    accelerators: String(chosen.decided.accelerators ?? ''),
  }));
  const values = {
    runs: read(texts.runs, true),
    cores: read(texts.cores, false),
    accelerators: read(texts.accelerators, true),
  };
  const isReadable = WHAT.every((what) => values[what] !== undefined);
  const decide = useMutation({
    mutationFn: () => {
      const body = {
        runs: values.runs ?? null,
        cores: values.cores ?? null,
        accelerators: values.accelerators ?? null,
      };
      return kind === 'person'
        ? answer(api.PUT('/api/v1/admin/quotas/people/{id}', { params: { path: { id: id.trim() } }, body }))
        : answer(api.PUT('/api/v1/admin/quotas/communities/{name}', { params: { path: { name: id.trim() } }, body }));
    },
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: keys.quotas });
    },
  });
  return (
    <Dialog title={chosen.name ? s.title(chosen.name) : s.titles[kind]} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReadable && id.trim() !== '') decide.mutate();
        }}
      >
        <p className={classes.small}>{s.hint}</p>
        {chosen.id === undefined && (
          <TextInput
            data-autofocus
            mb="sm"
            label={s.ids[kind]}
            description={s.idHints[kind]}
            value={id}
            onChange={(event) => setId(event.currentTarget.value)}
          />
        )}
        <div className={table.fields}>
          {WHAT.map((what) => (
            <TextInput
              key={what}
              label={s.what[what]}
              placeholder={s.asForAll}
              inputMode="decimal"
              value={texts[what]}
              error={values[what] === undefined && s.noNumber}
              onChange={(event) => setTexts({ ...texts, [what]: event.currentTarget.value })}
            />
          ))}
        </div>
        {decide.error && <ErrorView error={decide.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {s.keep}
          </Button>
          <Button type="submit" loading={decide.isPending} disabled={!isReadable || id.trim() === ''}>
            {s.decide}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
