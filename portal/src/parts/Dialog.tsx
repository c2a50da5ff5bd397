import { type ReactNode, useEffect, useId, useRef } from 'react';
import { strings } from '@/strings';
import classes from './Dialog.module.css';
import { Icon } from './Icon';

interface Props {
  title: string;
  onClose(): void;
  /** False for what must not be lost by a slip: then only the content's own buttons close it. */
  dismissible?: boolean;
  /** At the side, as high as the window, for what is long and looked at beside the page. */
  side?: boolean;
  /** What carries `data-autofocus` gets the focus first. */
  children: ReactNode;
}

/** The browser's own modal window: it keeps the focus, closes by Escape, and gives the focus back. */
export function Dialog({ title, onClose, dismissible = true, side = false, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way; the browser tells of it by `cancel`
    <dialog
      ref={ref}
      className={side ? classes.side : classes.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (dismissible) onClose();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog; everything else is inside of `content`.
        if (dismissible && event.target === ref.current) onClose();
      }}
    >
      <div className={classes.content}>
        <div className={classes.top}>
          <h2 id={titleId} className={classes.title}>
            {title}
          </h2>
          {dismissible && (
            <button type="button" className={classes.close} aria-label={strings.actions.close} onClick={onClose}>
              <Icon name="cross" />
            </button>
          )}
        </div>
        {children}
      </div>
    </dialog>
  );
}
