import { memo } from 'react';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import classes from './LogView.module.css';
import type { ShownRow } from './reader';
import type { Span } from './text';

interface Props {
  row: ShownRow;
  needle: string | undefined;
  isCurrent: boolean;
  onOpen(): void;
}

export const LogRow = memo(
  function LogRow({ row, needle, isCurrent, onOpen }: Props) {
    return (
      <div className={classes.row} data-current={isCurrent || undefined}>
        {row.continued && (
          <span className={classes.mark} title={s.log.continued}>
            {s.log.continuedSign}
          </span>
        )}
        {row.spans.map((span, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity but their place
          <Piece key={index} span={span} needle={needle} onOpen={onOpen} />
        ))}
        {row.cut !== undefined && (
          <button type="button" className={classes.more} onClick={onOpen}>
            {s.log.showMore(format.bytes(row.cut))}
          </button>
        )}
      </div>
    );
  },
  // The last line may grow, so rows are compared by what they show; `onOpen` does the same for the same row.
  (one, other) =>
    one.isCurrent === other.isCurrent &&
    one.needle === other.needle &&
    one.row.key === other.row.key &&
    one.row.spans === other.row.spans &&
    one.row.cut === other.row.cut,
);

function Piece({ span, needle, onOpen }: { span: Span; needle: string | undefined; onOpen(): void }) {
  if (span.mark === 'overwritten') {
    return (
      <button
        type="button"
        className={classes.over}
        title={s.log.overwritten}
        aria-label={s.log.overwritten}
        onClick={onOpen}
      >
        {span.text}
      </button>
    );
  }
  if (span.mark !== undefined) {
    return (
      <span className={classes.mark} title={s.hidden(span.mark)}>
        {span.text}
      </span>
    );
  }
  const look =
    span.look === ''
      ? undefined
      : span.look
          .split(' ')
          .map((word) => classes[word])
          .join(' ');
  return <span className={look}>{needle ? <Found text={span.text} needle={needle} /> : span.text}</span>;
}

/** The text with each place that was searched for marked; the case does not matter. */
function Found({ text, needle }: { text: string; needle: string }) {
  const parts: { text: string; found: boolean }[] = [];
  const [low, wanted] = [text.toLowerCase(), needle.toLowerCase()];
  // Where letters change their length with their case, the places would not be the same.
  if (low.length !== text.length) return text;
  let from = 0;
  for (let at = low.indexOf(wanted); at !== -1; at = low.indexOf(wanted, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), found: false });
    parts.push({ text: text.slice(at, at + wanted.length), found: true });
    from = at + wanted.length;
  }
  parts.push({ text: text.slice(from), found: false });
  return parts.map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
    part.found ? <mark key={index}>{part.text}</mark> : part.text,
  );
}
