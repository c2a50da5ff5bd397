import { Kbd, Switch } from '@mantine/core';
import { Fragment } from 'react';
import { Dialog } from '@/parts/Dialog';
import { strings } from '@/strings';
import classes from './ShortcutHelp.module.css';
import { useShortcuts } from './shortcuts';

export default function ShortcutHelp({ onClose }: { onClose(): void }) {
  const { known, enabled, setEnabled } = useShortcuts();
  return (
    <Dialog title={strings.shortcuts.title} onClose={onClose}>
      <dl className={classes.list} data-off={!enabled || undefined}>
        {known().map(({ keys, label }) => (
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
    </Dialog>
  );
}
