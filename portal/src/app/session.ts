// Whether somebody is signed in here. The session itself is a cookie that scripts cannot read.
import { useSyncExternalStore } from 'react';
import { answer, api, problemOf } from '@/api/client';
import type { Problem } from '@/api/types';

export type Session =
  | { is: 'in' }
  | { is: 'entering' }
  /** `why`: never signed in, the link did not work, ended elsewhere, left by oneself. */
  | { is: 'out'; why: 'new' | 'link' | 'ended' | 'left' }
  /** Signed in, and a link was opened that is of no use: `why` is said before anything else is shown. */
  | { is: 'kept'; why: Problem };

let session: Session = { is: 'in' };
const listeners = new Set<() => void>();

function set(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSession = (): Session => useSyncExternalStore(subscribe, () => session);

/** The gateway refused: nobody is signed in any more, or nobody was. */
export function signedOutByGateway(wasSignedIn: boolean): void {
  if (session.is === 'in') set({ is: 'out', why: wasSignedIn ? 'ended' : 'new' });
}

/**
 * A link's single-use code becomes a session. The code leaves the address bar before anything else happens, so that
 * it is in no history and no later request. False when there is none.
 */
export function enterByLink(): boolean {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return false;
  history.replaceState(history.state, '', `${location.pathname}${location.search}`);
  set({ is: 'entering' });
  answer(api.POST('/api/v1/sessions', { body: { code } })).then(
    () => set({ is: 'in' }),
    async (refused: unknown) => {
      const still = await answer(api.GET('/api/v1/me')).catch(() => undefined);
      set(still === undefined ? { is: 'out', why: 'link' } : { is: 'kept', why: problemOf(refused) });
    },
  );
  return true;
}

/** After a link that was of no use: as before it was opened. */
export const stay = (): void => set({ is: 'in' });

export async function leave(): Promise<void> {
  await answer(api.DELETE('/api/v1/sessions/current'));
  set({ is: 'out', why: 'left' });
}
