import { Button, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { Machine } from '@/api/types';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { machinesStrings } from '@/strings/machines';
import classes from './One.module.css';
import { useLifetime } from './useDeeds';

const s = machinesStrings.one.life;
const USUAL = '1d';

/** When it is deleted, and how that is put off. */
export function Life({ machine }: { machine: Machine }) {
  const lifetime = useLifetime(machine.run);
  const [span, setSpan] = useState<string>(USUAL);
  return (
    <Section title={s.title}>
      <Card>
        <p className={classes.why}>
          {machine.ends_at ? (
            <>
              {s.ends} <RelativeTime at={machine.ends_at} />{' '}
              <span className={classes.soft}>{s.exact(machine.ends_at)}</span>
            </>
          ) : (
            s.none
          )}
        </p>
        <form
          className={classes.adding}
          onSubmit={(event) => {
            event.preventDefault();
            lifetime.mutate(span);
          }}
        >
          <NativeSelect
            size="xs"
            label={s.extend}
            data={s.spans.map(([value, label]) => ({ value, label }))}
            value={span}
            onChange={(event) => setSpan(event.currentTarget.value)}
          />
          <Button type="submit" size="xs" variant="default" loading={lifetime.isPending}>
            {s.set}
          </Button>
        </form>
        {lifetime.error && <ErrorView error={lifetime.error} />}
      </Card>
    </Section>
  );
}
