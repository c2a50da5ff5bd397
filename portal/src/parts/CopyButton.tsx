import { useState } from 'react';
import { strings } from '@/strings';
import classes from './CopyButton.module.css';
import { Icon } from './Icon';

/** Copies, and says so. Without the right to (a page that is not on https or loopback) it is not there. */
export function CopyButton({ text, label = strings.actions.copy }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  if (!navigator.clipboard) return null;
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    window.setTimeout(() => setCopied(false), 2_000);
  }
  return (
    <button
      type="button"
      className={classes.copy}
      aria-label={copied ? strings.actions.copied : label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={copied ? 'check' : 'copy'} size={16} />
      <span role="status">{copied ? strings.actions.copied : ''}</span>
    </button>
  );
}
