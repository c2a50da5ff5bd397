import { useEffect, useState } from 'react';
import { Icon } from '@/parts/Icon';
import { strings } from '@/strings';
import { runStrings as s } from '@/strings/run';
import classes from './CopyText.module.css';

const SAID_FOR = 1_500;

/** A long text, shown short, copied whole. */
export function CopyText({ text, short, what }: { text: string; short: string; what: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), SAID_FOR);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      className={classes.copy}
      title={text}
      aria-label={s.copy(what, short)}
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => undefined,
        )
      }
    >
      <code>{short}</code>
      {copied ? <span role="status">{strings.actions.copied}</span> : <Icon name="copy" size={14} />}
    </button>
  );
}
