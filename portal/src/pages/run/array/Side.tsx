import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Icon } from '@/parts/Icon';
import { runStrings as s } from '@/strings/run';
import classes from './Side.module.css';

/** The browser's own modal window, at the side of the page: it keeps the focus, closes by Escape, gives the focus back. */
export function Side({ title, onClose, children }: { title: string; onClose(): void; children: ReactNode }) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way; the browser tells of it by `cancel`
    <dialog
      ref={ref}
      className={classes.side}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The backdrop belongs to the dialog; everything else is inside of `content`.
        if (event.target === ref.current) onClose();
      }}
    >
      <div className={classes.content}>
        <div className={classes.top}>
          <h2 id={titleId} className={classes.title}>
            {title}
          </h2>
          <button type="button" className={classes.close} aria-label={s.array.close} onClick={onClose}>
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
