import { Button, Menu } from '@mantine/core';
import { useRef, useState } from 'react';
import { Icon } from '@/parts/Icon';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import classes from '../Admin.module.css';
import type { AuditFilter } from '../queries';
import { type Form, gather } from './exported';

const s = admin.audit.export;

type Doing =
  | { is: 'nothing' }
  | { is: 'working'; count: number }
  | { is: 'done'; count: number }
  | { is: 'stopped' }
  | { is: 'failed'; error: unknown };

/** The gateway gives the audit in pages; here they become one file. */
export function Export({ filter }: { filter: AuditFilter }) {
  const [doing, setDoing] = useState<Doing>({ is: 'nothing' });
  const abort = useRef<AbortController>(undefined);

  async function run(form: Form): Promise<void> {
    const controller = new AbortController();
    abort.current = controller;
    setDoing({ is: 'working', count: 0 });
    try {
      const { file, count } = await gather(filter, form, controller.signal, (so) =>
        setDoing({ is: 'working', count: so }),
      );
      save(file, `audit.${form}`);
      setDoing({ is: 'done', count });
    } catch (error) {
      setDoing(controller.signal.aborted ? { is: 'stopped' } : { is: 'failed', error });
    }
  }

  return (
    <div className={classes.export}>
      <span role="status" className={classes.small}>
        {doing.is === 'working' && s.working(doing.count)}
        {doing.is === 'done' && s.done(doing.count)}
        {doing.is === 'stopped' && s.stopped}
      </span>
      {doing.is === 'failed' && <ErrorView error={doing.error} />}
      {doing.is === 'working' ? (
        <Button size="xs" variant="default" onClick={() => abort.current?.abort()}>
          {s.stop}
        </Button>
      ) : (
        <Menu position="bottom-end" withinPortal={false}>
          <Menu.Target>
            <Button size="xs" variant="default" leftSection={<Icon name="down" size={14} />}>
              {s.title}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{s.text}</Menu.Label>
            <Menu.Item onClick={() => void run('ndjson')}>{s.ndjson}</Menu.Item>
            <Menu.Item onClick={() => void run('csv')}>{s.csv}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
