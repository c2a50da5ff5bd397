import { ActionIcon } from '@mantine/core';
import { type MouseEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from '@/parts/Icon';
import { strings } from '@/strings';
import classes from './Inputs.module.css';

/** The browser's own dialog: it holds the focus, closes on Escape, and needs no style sheet of its own. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const heading = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  function clicked(event: MouseEvent): void {
    // What is clicked beside it is its backdrop, which counts as the dialog itself.
    if (event.target === dialog.current) close();
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog ref={dialog} className={classes.dialog} aria-labelledby={heading} onClose={close} onClick={clicked}>
      <div className={classes.dialogBody}>
        <div className={classes.dialogTop}>
          <h2 id={heading}>{title}</h2>
          <ActionIcon variant="subtle" color="gray" aria-label={strings.actions.close} onClick={close}>
            <Icon name="cross" size={16} />
          </ActionIcon>
        </div>
        {children}
      </div>
    </dialog>
  );
}
