import { useId } from 'react';
import classes from './Editor.module.css';

export interface Note {
  /** From 1. */
  line: number;
  text: string;
}

interface Props {
  label: string;
  /** Where the text is explained. */
  describedBy: string;
  value: string;
  onChange(text: string): void;
  notes: Note[];
  invalid: boolean;
}

/**
 * A plain text area with line numbers, and with what is wrong written behind its line. A copy of the text lies under
 * the area: it gives the area its size, and carries the notes to where the lines end.
 */
export function Editor({ label, describedBy, value, onChange, notes, invalid }: Props) {
  const id = useId();
  const lines = value.split('\n');
  const numbers = lines.map((_, i) => i + 1).join('\n');
  const byLine = new Map<number, string>();
  for (const { line, text } of notes) byLine.set(line, [byLine.get(line), text].filter(Boolean).join('; '));
  const marked = [...byLine].filter(([line]) => line <= lines.length).sort(([a], [b]) => a - b);

  return (
    <div className={classes.editor} data-invalid={invalid || undefined}>
      <div className={classes.gutter} aria-hidden="true">
        <pre>{numbers}</pre>
        {marked.map(([line]) => (
          <span key={line} className={classes.mark} style={{ top: `calc(var(--pad) + ${line - 1} * var(--row))` }}>
            {line}
          </span>
        ))}
      </div>
      <div className={classes.text}>
        <pre className={classes.copy} aria-hidden="true">
          {withNotes(lines, marked)}
        </pre>
        <textarea
          id={id}
          className={classes.area}
          aria-label={label}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          wrap="off"
        />
      </div>
    </div>
  );
}

function withNotes(lines: string[], marked: [number, string][]) {
  const parts = [];
  let from = 0;
  for (const [line, text] of marked) {
    parts.push(
      <span key={line}>
        {lines
          .slice(from, line - 1)
          .map((one) => `${one}\n`)
          .join('')}
        {/* Isolated: a character that turns the direction of its line must not turn the note. */}
        <bdi dir="ltr">{lines[line - 1]}</bdi>
        <bdi dir="ltr" className={classes.note}>
          {text}
        </bdi>
        {'\n'}
      </span>,
    );
    from = line;
  }
  // A last line that is empty would have no height without this.
  return [...parts, `${lines.slice(from).join('\n')}\n`];
}
