import { Button, Group, Table } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Quota, QuotaOf } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import classes from '../Admin.module.css';
import { quotasQuery } from '../queries';
import { type Chosen, Decide, WHAT } from './Decide';
import table from './Quotas.module.css';

const s = admin.quotas;
const NOTHING: Quota = { runs: null, cores: null, accelerators: null };

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
