// The mapping while it is edited: as rules or as text, and from which version. What is said of it is worked out from
// there, so that the two views cannot disagree.
import { useMemo, useState } from 'react';
import type { MappingView, Rule } from '@/api/types';
import { type Change, changeOf, isChange } from './rules';
import { type ReadText, readRules, writeRules } from './text';

type Content = { as: 'table'; rules: Rule[] } | { as: 'text'; text: string };

export interface Draft {
  /** What one began with. */
  base: MappingView;
  content: Content;
  /** Absent for as long as the text has a mistake. */
  rules: Rule[] | undefined;
  read: ReadText | undefined;
  change: Change;
  isChanged: boolean;
  setRules(rules: Rule[]): void;
  setText(text: string): void;
  setView(view: Content['as']): void;
  /** Begins anew, perhaps with something in it already. */
  begin(base: MappingView, rules?: Rule[]): void;
}

export function useDraft(first: MappingView): Draft {
  const [base, setBase] = useState(first);
  const [content, setContent] = useState<Content>({ as: 'table', rules: rulesOf(first) });
  const read = useMemo(() => (content.as === 'text' ? readRules(content.text) : undefined), [content]);
  const rules = content.as === 'table' ? content.rules : read?.rules;
  const change = useMemo(() => changeOf(rulesOf(base), rules ?? []), [base, rules]);
  return {
    base,
    content,
    rules,
    read,
    change,
    isChanged: rules === undefined || isChange(change),
    setRules: (next) => setContent({ as: 'table', rules: next }),
    setText: (text) => setContent({ as: 'text', text }),
    setView(view) {
      if (view === content.as || rules === undefined) return;
      setContent(view === 'table' ? { as: 'table', rules } : { as: 'text', text: writeRules(rules) });
    },
    begin(view, next = rulesOf(view)) {
      setBase(view);
      setContent(content.as === 'table' ? { as: 'table', rules: next } : { as: 'text', text: writeRules(next) });
    },
  };
}

export const rulesOf = (view: MappingView): Rule[] => view.table.rules ?? [];
