import { Button, Menu, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { Machine, RunDetail } from '@/api/types';
import { Confirm } from '@/parts/Confirm';
import { Dialog } from '@/parts/Dialog';
import { Icon } from '@/parts/Icon';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { plain } from '../../run/visible';
import { FormEnd } from './FormEnd';
import classes from './One.module.css';
import { Resize } from './Resize';
import { useDeed } from './useDeeds';

const s = machinesStrings.deeds;

type Asking = 'rebuild' | 'rename' | 'save_as' | 'resize' | 'delete';

/** What one can do with the machine as it is now; what cannot be taken back asks first. */
export function Actions({ run, machine }: { run: RunDetail; machine: Machine | undefined }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<Asking>();
  const deed = useDeed(run.id);
  if (run.outcome) return null;
  const name = plain(machine?.name ?? run.name, 60);
  const isThere = machine?.ready_at != null && !run.cancelling;
  const is = (...any: Machine['status'][]) => isThere && any.includes(machine.status);
  const close = () => setAsking(undefined);
  async function remove(): Promise<void> {
    await answer(api.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: run.id } } }));
    void client.invalidateQueries({ queryKey: keys.run(run.id) });
    void client.invalidateQueries({ queryKey: keys.machines });
  }
  return (
    <>
      {is('stopped') ? (
        <Button loading={deed.isPending} onClick={() => deed.mutate({ do: 'start' })}>
          {s.start}
        </Button>
      ) : (
        isThere && (
          <>
            <Button
              variant="default"
              disabled={!is('active') || deed.isPending}
              onClick={() => deed.mutate({ do: 'reboot', hard: false })}
            >
              {s.reboot}
            </Button>
            <Button
              variant="default"
              disabled={!is('active') || deed.isPending}
              onClick={() => deed.mutate({ do: 'stop' })}
            >
              {s.stop}
            </Button>
          </>
        )
      )}
      <Button variant="default" color="buoy" disabled={run.cancelling === true} onClick={() => setAsking('delete')}>
        {s.delete}
      </Button>
      {isThere && (
        <Menu position="bottom-end" withinPortal={false}>
          <Menu.Target>
            <Button variant="default" px="xs" aria-label={s.more}>
              <Icon name="dots" />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setAsking('rename')}>{s.rename}</Menu.Item>
            <Menu.Item disabled={!is('active', 'stopped')} onClick={() => setAsking('resize')}>
              {s.resize}
            </Menu.Item>
            <Menu.Item disabled={!is('active', 'stopped')} onClick={() => setAsking('save_as')}>
              {s.saveAs}
            </Menu.Item>
            <Menu.Item disabled={!is('active', 'error')} onClick={() => deed.mutate({ do: 'reboot', hard: true })}>
              {s.hard}
            </Menu.Item>
            <Menu.Item color="buoy" disabled={!is('active', 'stopped', 'error')} onClick={() => setAsking('rebuild')}>
              {s.rebuild}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Told deed={deed} />
      {asking === 'rebuild' && (
        <Confirm
          title={s.rebuildTitle(name)}
          text={s.rebuildText}
          keep={s.keep}
          act={s.rebuild}
          doIt={() => deed.mutateAsync({ do: 'rebuild' })}
          onClose={close}
        />
      )}
      {asking === 'delete' && (
        <Confirm
          title={s.deleteTitle(name)}
          text={s.deleteText}
          keep={s.keep}
          act={s.delete}
          doIt={remove}
          onClose={close}
        />
      )}
      {asking === 'resize' && <Resize id={run.id} deed={deed} onClose={close} />}
      {(asking === 'rename' || asking === 'save_as') && (
        <Naming what={asking} name={asking === 'rename' ? (machine?.name ?? '') : ''} deed={deed} onClose={close} />
      )}
    </>
  );
}

type Deeds = ReturnType<typeof useDeed>;

/** What came of the last one. */
function Told({ deed }: { deed: Deeds }) {
  const said = deed.variables?.do === 'save_as' ? s.saved(plain(deed.variables.name, 60)) : s.accepted;
  return (
    <div className={classes.told} role="status">
      {deed.isSuccess && deed.variables.do !== 'rename' && <span className={classes.soft}>{said}</span>}
      {deed.error && <ErrorView error={deed.error} />}
    </div>
  );
}

interface NamingProps {
  what: 'rename' | 'save_as';
  name: string;
  deed: Deeds;
  onClose(): void;
}

function Naming({ what, name, deed, onClose }: NamingProps) {
  const [typed, setTyped] = useState(name);
  const form = useId();
  return (
    <Dialog title={what === 'rename' ? s.renameTitle : s.saveTitle} onClose={onClose}>
      {what === 'save_as' && <p>{s.saveText}</p>}
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          deed.mutate({ do: what, name: typed.trim() }, { onSuccess: onClose });
        }}
      >
        <TextInput
          label={s.name}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          required
          maxLength={120}
          autoComplete="off"
          data-autofocus
        />
        <FormEnd
          deed={deed}
          act={what === 'rename' ? s.rename : s.saveAs}
          disabled={typed.trim() === ''}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
