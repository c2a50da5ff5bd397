import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { RunDetail } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { StatusBadge } from '@/parts/RunStatus';
import { runStrings as s } from '@/strings/run';
import { LogTab } from '../log/LogTab';
import type { Stream } from '../log/origin';
import { OutputsOf } from '../outputs/OutputsOf';
import { ReportView } from '../provenance/ReportView';
import { elementQuery } from '../queries';
import { Trouble } from '../Trouble';
import { useCancelElement, useRetry } from '../useActions';
import classes from './ElementDrawer.module.css';
import { statusOfElement } from './status';

interface Props {
  run: RunDetail;
  index: number;
  onClose(): void;
  onGo(index: number): void;
}

/** One element of an array: what it is, what it wrote, what it made. */
export function ElementDrawer({ run, index, onClose, onGo }: Props) {
  const query = useQuery(elementQuery(run.id, index, run.state === 'ended'));
  const [stream, setStream] = useState<Stream>();
  const retry = useRetry(run.id);
  const cancel = useCancelElement(run.id, index);
  const element = query.data;
  const failed = element?.state === 'ended' && element.outcome !== 'done';
  return (
    <Dialog title={s.array.element(index)} onClose={onClose} side>
      <div className={classes.top}>
        {element && <StatusBadge status={statusOfElement(element)} />}
        {element && <span className={classes.soft}>{s.array.triesSaid(element.tries)}</span>}
        <span className={classes.space} />
        <Button size="xs" variant="default" disabled={index === 0} onClick={() => onGo(index - 1)}>
          {s.array.before}
        </Button>
        <Button size="xs" variant="default" disabled={index >= run.elements.total - 1} onClick={() => onGo(index + 1)}>
          {s.array.after}
        </Button>
        {failed && run.state === 'ended' && (
          <Button size="xs" loading={retry.isPending} onClick={() => retry.mutate([index])}>
            {s.array.retry}
          </Button>
        )}
        {element && element.state !== 'ended' && (
          <Button size="xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {s.array.cancel}
          </Button>
        )}
      </div>
      {query.isPending && <Loading />}
      {query.error && !element && <ErrorView error={query.error} retry={query.refetch} />}
      {(retry.error ?? cancel.error) && <ErrorView error={retry.error ?? cancel.error} />}
      {element?.cause && <Trouble problem={element.cause} />}
      {element && (
        <Tabs defaultValue="log" keepMounted={false} mt="sm">
          <Tabs.List>
            <Tabs.Tab value="log">{s.tabs.log}</Tabs.Tab>
            <Tabs.Tab value="outputs">{s.tabs.outputs}</Tabs.Tab>
            <Tabs.Tab value="provenance">{s.tabs.provenance}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="log" pt="sm">
            <LogTab key={index} run={run} element={index} stream={stream} at={undefined} onStream={setStream} />
          </Tabs.Panel>
          <Tabs.Panel value="outputs" pt="sm">
            <OutputsOf run={run} element={element} />
          </Tabs.Panel>
          <Tabs.Panel value="provenance" pt="sm">
            <ReportView element={element} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Dialog>
  );
}
