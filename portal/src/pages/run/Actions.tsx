import { Button, Group, Menu, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { apiUrl } from '@/api/client';
import type { RunDetail } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { Icon } from '@/parts/Icon';
import { ErrorView } from '@/parts/ProblemView';
import { strings } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { useCancel, useDelete, useRetry } from './useActions';

/** What one can do with the run as it is now; what cannot be taken back asks first. */
export function Actions({ run }: { run: RunDetail }) {
  const [asking, setAsking] = useState<'cancel' | 'delete'>();
  const cancel = useCancel(run.id);
  const retry = useRetry(run.id);
  const remove = useDelete(run.id);
  const ended = run.state === 'ended';
  const unsuccessful = run.elements.failed + run.elements.cancelled;
  const close = () => setAsking(undefined);
  return (
    <>
      {!ended && !run.outcome && (
        <Button variant="default" disabled={run.cancelling === true} onClick={() => setAsking('cancel')}>
          {run.cancelling ? strings.cancelling : s.actions.cancel}
        </Button>
      )}
      {ended && unsuccessful > 0 && (
        <Button variant="light" loading={retry.isPending} onClick={() => retry.mutate(undefined)}>
          {s.actions.retry(unsuccessful, run.elements.total)}
        </Button>
      )}
      {run.kind === 'machine' ? (
        <Button component={Link} to={`/machines/${run.id}`}>
          {s.actions.machine}
        </Button>
      ) : (
        <Button component={Link} to={`/new?from=${run.id}`} variant="default">
          {s.actions.again}
        </Button>
      )}
      <Menu position="bottom-end" withinPortal={false}>
        <Menu.Target>
          <Button variant="default" px="xs" aria-label={strings.actions.more}>
            <Icon name="dots" />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component="a" href={apiUrl(`runs/${run.id}/crate`).href} download disabled={!ended}>
            {s.provenance.crate}
          </Menu.Item>
          <Menu.Item color="buoy" disabled={!ended} onClick={() => setAsking('delete')}>
            {s.actions.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {retry.error && <ErrorView error={retry.error} />}
      <Confirm
        opened={asking === 'cancel'}
        title={s.confirm.cancelTitle}
        text={run.elements.total > 1 ? s.confirm.cancelArray : s.confirm.cancel}
        action={s.actions.cancel}
        isPending={cancel.isPending}
        error={cancel.error}
        onClose={close}
        onConfirm={() => cancel.mutate(undefined, { onSuccess: close })}
      />
      <Confirm
        opened={asking === 'delete'}
        title={s.confirm.deleteTitle}
        text={s.confirm.delete}
        action={s.actions.delete}
        isPending={remove.isPending}
        error={remove.error}
        onClose={close}
        onConfirm={() => remove.mutate()}
      />
    </>
  );
}

interface ConfirmProps {
  opened: boolean;
  title: string;
  text: ReactNode;
  action: string;
  isPending: boolean;
  error: unknown;
  onClose(): void;
  onConfirm(): void;
}

function Confirm({ opened, title, text, action, isPending, error, onClose, onConfirm }: ConfirmProps) {
  if (!opened) return null;
  return (
    <Dialog title={title} onClose={onClose}>
      <Text mb="md">{text}</Text>
      {error !== null && error !== undefined && <ErrorView error={error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          {s.confirm.keep}
        </Button>
        <Button color="buoy" loading={isPending} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Dialog>
  );
}
