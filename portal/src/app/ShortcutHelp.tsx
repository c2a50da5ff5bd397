import { Kbd, Modal, Switch } from '@mantine/core';
import { Fragment } from 'react';
import { strings } from '@/strings';
import classes from './ShortcutHelp.module.css';
import { useShortcuts } from './shortcuts';

export function ShortcutHelp({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { known, enabled, setEnabled } = useShortcuts();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={strings.shortcuts.title}
      closeButtonProps={{ 'aria-label': strings.actions.close }}
    >
      <dl className={classes.list} data-off={!enabled || undefined}>
        {opened &&
          known().map(({ keys, label }) => (
            <Fragment key={`${keys.join(' ')} ${label}`}>
              <dt>{label}</dt>
              <dd>
                {keys.map((key, index) => (
                  <Fragment key={key}>
                    {index > 0 && <span className={classes.then}>{strings.shortcuts.between}</span>}
                    <Kbd>{key}</Kbd>
                  </Fragment>
                ))}
              </dd>
            </Fragment>
          ))}
      </dl>
      <Switch
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
        label={strings.shortcuts.enabled}
        description={strings.shortcuts.enabledHint}
      />
    </Modal>
  );
}
