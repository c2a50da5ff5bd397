import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/api/client';
import type { Machine } from '@/api/types';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { Shown } from '../../run/Shown';
import { consoleQuery } from '../queries';
import classes from './One.module.css';

const s = machinesStrings.one.console;
const MOST = 100_000;

/** What it wrote, and its screen: asked of its site only when somebody wants them. */
export function Console({ machine }: { machine: Machine }) {
  const [wanted, setWanted] = useState(false);
  const log = useQuery({ ...consoleQuery(machine.run), enabled: wanted });
  const screen = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/machines/{id}/screen', { params: { path: { id: machine.run } } })),
  });
  const url = screen.data && webAddress(screen.data.url);
  return (
    <Section title={s.title}>
      <Card>
        <div className={classes.adding}>
          <Button
            size="xs"
            variant="default"
            loading={log.isFetching}
            onClick={() => (wanted ? void log.refetch() : setWanted(true))}
          >
            {log.data ? s.again : s.show}
          </Button>
          {url ? (
            <a href={url} target="_blank" rel="noreferrer">
              {s.screenReady}
            </a>
          ) : (
            <Button size="xs" variant="default" loading={screen.isPending} onClick={() => screen.mutate()}>
              {s.screen}
            </Button>
          )}
          {url && <span className={classes.soft}>{s.screenText}</span>}
        </div>
        {screen.error && <ErrorView error={screen.error} />}
        {log.error && <ErrorView error={log.error} />}
        {log.data && log.data.output.trim() === '' && <p className={classes.soft}>{s.empty}</p>}
        {log.data && log.data.output.trim() !== '' && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
          <pre className={classes.console} role="log" aria-label={s.label} tabIndex={0}>
            <Shown text={log.data.output.slice(-MOST).replaceAll('\r', '')} longest={MOST} lines />
          </pre>
        )}
      </Card>
    </Section>
  );
}

/** A site says it: nothing but a page is followed. */
function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : undefined;
}
