import { Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '@/api/client';
import type { Run } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Icon } from '@/parts/Icon';
import { ErrorView } from '@/parts/ProblemView';
import { strings } from '@/strings';
import { runs as s } from '@/strings/runs';
import classes from './Runs.module.css';

/** The one thing that can be done to a run from the list, if there is one. The answer is seen in the row. */
export function RowActions({ run }: { run: Run }) {
  const params = { path: { id: run.id } };
  const [asking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/runs/{id}/cancel', { params })),
    onSuccess: () => setAsking(false),
  });
  const again = useMutation({ mutationFn: () => answer(api.POST('/api/v1/runs/{id}/retry', { params, body: {} })) });
  const close = () => {
    setAsking(false);
    again.reset();
  };
  const mayCancel = !run.outcome && !run.cancelling;
  const mayRetry = run.state === 'ended' && (run.outcome === 'failed' || run.outcome === 'cancelled');
  const label = mayCancel ? s.cancel(run.name) : s.again(run.name);
  return (
    <>
      {(mayCancel || mayRetry) && (
        <button
          type="button"
          className={classes.action}
          aria-label={label}
          title={label}
          disabled={again.isPending}
          onClick={() => (mayCancel ? setAsking(true) : again.mutate())}
        >
          <Icon name={mayCancel ? 'stop' : 'refresh'} size={17} />
        </button>
      )}
      {(asking || again.error) && (
        <Dialog title={asking ? s.cancelTitle(run.name) : strings.problems.refused} onClose={close}>
          {again.error && <ErrorView error={again.error} />}
          {asking && <p className={classes.question}>{s.cancelText}</p>}
          {cancel.error && <ErrorView error={cancel.error} />}
          {asking && (
            <Group justify="flex-end" mt="md">
              <Button variant="default" onClick={close}>
                {s.cancelNo}
              </Button>
              <Button color="buoy" loading={cancel.isPending} onClick={() => cancel.mutate()}>
                {s.cancelYes}
              </Button>
            </Group>
          )}
        </Dialog>
      )}
    </>
  );
}
