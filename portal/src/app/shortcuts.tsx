// Keys that work anywhere: single ones (`/`, `n`, `?`) and pairs (`g` then `r`).
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';

export interface Shortcut {
  keys: string[];
  label: string;
  act(): void;
}

interface Shortcuts {
  enabled: boolean;
  setEnabled(enabled: boolean): void;
  /** What works on this page, for the list of shortcuts. */
  known(): Shortcut[];
  register(shortcut: Shortcut): () => void;
}

const ShortcutContext = createContext<Shortcuts | undefined>(undefined);
const KEPT = 'roadstead-shortcuts';
const PAIR_TIME = 1_500;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable], [role=dialog]') !== null
  );
}

export function ShortcutProvider({ children }: { children: ReactNode }) {
  const registered = useRef<Shortcut[]>([]);
  const [enabled, keepEnabled] = useState(() => localStorage.getItem(KEPT) !== 'off');

  useEffect(() => {
    if (!enabled) return;
    let pending: { key: string; at: number } | undefined;
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
      const before = pending && performance.now() - pending.at < PAIR_TIME ? pending.key : undefined;
      pending = undefined;
      const matches = (keys: string[]) =>
        keys.length === 1 ? keys[0] === event.key : before !== undefined && keys[0] === before && keys[1] === event.key;
      // The latest wins: a page's own meaning goes before the frame's.
      const shortcut = registered.current.findLast((one) => matches(one.keys));
      if (shortcut) {
        event.preventDefault();
        shortcut.act();
      } else if (registered.current.some((one) => one.keys.length === 2 && one.keys[0] === event.key)) {
        pending = { key: event.key, at: performance.now() };
      }
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [enabled]);

  const register = useCallback((shortcut: Shortcut) => {
    registered.current = [...registered.current, shortcut];
    return () => {
      registered.current = registered.current.filter((other) => other !== shortcut);
    };
  }, []);

  const shortcuts = useMemo<Shortcuts>(
    () => ({
      enabled,
      setEnabled(on) {
        localStorage.setItem(KEPT, on ? 'on' : 'off');
        keepEnabled(on);
      },
      known: () => registered.current,
      register,
    }),
    [enabled, register],
  );
  return <ShortcutContext value={shortcuts}>{children}</ShortcutContext>;
}

export function useShortcuts(): Shortcuts {
  const shortcuts = useContext(ShortcutContext);
  if (!shortcuts) throw new Error('ShortcutProvider is missing');
  return shortcuts;
}

/** `useShortcut('g r', 'Runs', () => …)`, for as long as the component is there. */
export function useShortcut(keys: string, label: string, act: () => void): void {
  const { register } = useShortcuts();
  const current = useRef(act);
  useEffect(() => {
    current.current = act;
  });
  useEffect(() => register({ keys: keys.split(' '), label, act: () => current.current() }), [register, keys, label]);
}
