import { Button, FileButton, SegmentedControl } from '@mantine/core';
import { useId, useState } from 'react';
import { Icon } from '@/parts/Icon';
import { strings } from '@/strings';
import { newRunStrings } from '@/strings/new-run';
import { type Draft, LARGEST_FILE } from '../request/draft';
import type { FieldMistake } from '../request/read';
import { getIn } from '../request/value';
import { Editor } from './Editor';
import classes from './FilePane.module.css';
import { FORMATS, type Format, formatOf, lineOf } from './language';

const s = newRunStrings.file;

interface Props {
  draft: Draft;
  mistakes: FieldMistake[];
  setText(text: string): void;
  setFormat(format: Format): void;
  open(file: { format: Format; text: string }): void;
  /** Writes the file anew from what it last said. */
  back(): void;
}

export function FilePane({ draft, mistakes, setText, setFormat, open, back }: Props) {
  const said = useId();
  const [refusal, setRefusal] = useState<string>();
  const fileMistake = draft.mistake;
  const notes = fileMistake
    ? [{ line: fileMistake.line, text: fileMistake.detail }]
    : mistakes.flatMap(({ field, detail }) => {
        const line = lineOf(draft.lines, field);
        return line === undefined ? [] : [{ line, text: detail }];
      });

  async function read(file: File | null): Promise<void> {
    if (file === null) return;
    const format = formatOf(file.name);
    const wrong = format === undefined ? s.unknownType : file.size > LARGEST_FILE ? s.large : undefined;
    setRefusal(wrong);
    if (format !== undefined && wrong === undefined) open({ format, text: await file.text() });
  }

  return (
    <section className={classes.pane} aria-label={s.title}>
      <div className={classes.top}>
        <h2 className={classes.title}>{s.title}</h2>
        <SegmentedControl
          size="xs"
          aria-label={s.language}
          value={draft.format}
          onChange={(format) => setFormat(format as Format)}
          // A file that cannot be read cannot be translated either.
          disabled={fileMistake !== undefined}
          data={FORMATS.map((format) => ({ value: format, label: s.names[format] }))}
        />
      </div>
      <Editor
        label={s.label}
        describedBy={said}
        value={draft.text}
        onChange={setText}
        notes={notes}
        invalid={fileMistake !== undefined}
      />
      <div id={said} className={classes.said}>
        {fileMistake ? (
          <div className={classes.mistake} role="alert">
            <span>{s.mistakeAt(fileMistake.line, fileMistake.detail)}</span>
            <button type="button" className={classes.back} onClick={back}>
              {s.back}
            </button>
          </div>
        ) : (
          <p>{s.hint}</p>
        )}
        {refusal && <p role="alert">{refusal}</p>}
      </div>
      <div className={classes.actions}>
        <FileButton accept=".toml,.yaml,.yml,.json" onChange={(file) => void read(file)}>
          {(props) => (
            <Button {...props} size="xs" variant="default">
              {s.open}
            </Button>
          )}
        </FileButton>
        <SaveButton draft={draft} />
        <CopyButton text={draft.text} />
      </div>
    </section>
  );
}

function SaveButton({ draft }: { draft: Draft }) {
  function save(): void {
    const name = String(getIn(draft.value, ['name']) ?? '')
      .replace(/[^\w.-]+/g, '-')
      .replace(/^[-.]+/, '')
      .slice(0, 60);
    const address = URL.createObjectURL(new Blob([draft.text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = s.saveName(name || 'run', draft.format);
    link.click();
    URL.revokeObjectURL(address);
  }
  return (
    <Button size="xs" variant="default" leftSection={<Icon name="down" size={14} />} onClick={save}>
      {s.save}
    </Button>
  );
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  // Only on a page that the browser trusts: over plain HTTP from afar there is no clipboard.
  if (!navigator.clipboard) return null;
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<Icon name={copied ? 'check' : 'copy'} size={14} />}
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      onBlur={() => setCopied(false)}
    >
      {copied ? strings.actions.copied : s.copy}
    </Button>
  );
}
