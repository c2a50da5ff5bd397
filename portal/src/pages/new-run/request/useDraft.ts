import { useCallback, useEffect, useRef, useState } from 'react';
import { type Format, type Language, load } from '../file/language';
import { type Draft, emptyDraft, isEmpty, withFormat, withText, withValue } from './draft';
import { forget, type Kept, keep } from './keeping';
import { type Path, setIn, type Table } from './value';

export interface DraftControl {
  /** Undefined until the file's language is there. */
  draft: Draft | undefined;
  setText(text: string): void;
  setField(path: Path, value: unknown): void;
  setFormat(format: Format): void;
  /** Everything anew. */
  fill(from: Filling): void;
  clear(): void;
  /** What was there before it was filled or cleared. */
  undo: (() => void) | undefined;
  /** Keeps nothing any more: its run has started. */
  close(): void;
}

export type Filling = Kept | { value: Table; from?: string };

interface State {
  language: Language;
  draft: Draft;
  before: { language: Language; draft: Draft } | undefined;
}

/** The draft, beginning with `first` in place of `replaced`; kept in the tab a moment after each change. */
export function useDraft(first: Filling | undefined, replaced: Filling | undefined): DraftControl {
  const [state, setState] = useState<State>();
  const change = useCallback(
    (next: (draft: Draft, language: Language) => Draft) =>
      setState((now) => now && { ...now, draft: next(now.draft, now.language) }),
    [],
  );

  const fill = useCallback(async (filling: Filling) => {
    const format = 'text' in filling ? filling.format : 'toml';
    const language = await load(format);
    const blank: Draft = { ...emptyDraft(), format, ...(filling.from === undefined ? {} : { from: filling.from }) };
    const draft =
      'text' in filling ? withText(blank, language, filling.text) : withValue(blank, language, filling.value);
    setState((now) => ({ language, draft, before: now && !isEmpty(now.draft) ? now : undefined }));
  }, []);

  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const begin = async () => {
      if (replaced) await fill(replaced);
      await fill(first ?? { value: {} });
    };
    void begin();
  }, [first, replaced, fill]);

  const closed = useRef(false);
  const close = useCallback(() => {
    closed.current = true;
  }, []);

  useEffect(() => {
    if (state === undefined) return;
    const timer = window.setTimeout(() => !closed.current && keep(state.draft, state.language), 300);
    return () => window.clearTimeout(timer);
  }, [state]);
  // A reload does not wait for the timer.
  const latest = useRef(state);
  latest.current = state;
  useEffect(() => {
    const now = () => {
      if (latest.current && !closed.current) keep(latest.current.draft, latest.current.language);
    };
    window.addEventListener('pagehide', now);
    return () => {
      window.removeEventListener('pagehide', now);
      now();
    };
  }, []);

  const setField = useCallback(
    (path: Path, value: unknown) =>
      change((draft, language) => withValue(draft, language, setIn(draft.value, path, value) ?? {})),
    [change],
  );

  return {
    draft: state?.draft,
    setText: (text) => change((draft, language) => withText(draft, language, text)),
    setField,
    close,
    setFormat(format) {
      void load(format).then((language) =>
        setState((now) => now && { ...now, language, draft: withFormat(now.draft, language, format) }),
      );
    },
    fill: (filling) => void fill(filling),
    clear() {
      forget();
      void fill({ value: {} });
    },
    undo:
      state?.before &&
      (() =>
        setState((now) =>
          now?.before ? { language: now.before.language, draft: now.before.draft, before: undefined } : now,
        )),
  };
}
