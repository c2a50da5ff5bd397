import { useId } from 'react';
import type { Problem } from '@/api/types';
import { admin } from '@/strings/admin';
import { Editor } from '../../new-run/file/Editor';
import { lineOf } from '../../new-run/file/language';
import admins from '../Admin.module.css';
import type { Draft } from './useDraft';

const s = admin.mapping;

interface Props {
  draft: Draft;
  /** What the gateway found wrong with what was last sent. */
  fields: NonNullable<Problem['fields']>;
  onChange(text: string): void;
}

export function MappingText({ draft, fields, onChange }: Props) {
  const said = useId();
  const { content, read } = draft;
  if (content.as !== 'text' || !read) return null;
  const refused = fields.flatMap(({ field, detail }) => {
    const line = lineOf(read.lines, field);
    return line === undefined ? [] : [{ line, text: detail }];
  });
  const [first] = read.mistakes;
  return (
    <>
      <Editor
        label={s.textLabel}
        describedBy={said}
        value={content.text}
        onChange={onChange}
        notes={[...read.mistakes, ...refused]}
        invalid={read.mistakes.length > 0 || refused.length > 0}
      />
      <p id={said} className={admins.small}>
        {first ? s.mistakeAt(first.line, first.text) : s.textHint}
      </p>
    </>
  );
}
