import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { meQuery } from '@/api/queries';
import type { Event } from '@/api/types';
import { feed } from './feed';
import { openStream } from './stream';

type Handler = (events: Event[]) => void;

interface Live {
  /** False only when the connection has been away for a while: a short cut is nobody's business. */
  connected: boolean;
  subscribe(handler: Handler): () => void;
}

const LiveContext = createContext<Live | undefined>(undefined);

const PATIENCE = 3_000;

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const handlers = useRef(new Set<Handler>());
  const [connected, setConnected] = useState(true);

  useEffect(() => {
    let grumble: number | undefined;
    const close = openStream({
      onEvents(events) {
        feed(client, events);
        for (const handler of handlers.current) handler(events);
      },
      onGap: () => void client.invalidateQueries({ queryKey: ['runs'] }),
      onState(now) {
        if (now) {
          window.clearTimeout(grumble);
          grumble = undefined;
          setConnected(true);
        } else {
          grumble ??= window.setTimeout(() => setConnected(false), PATIENCE);
        }
      },
      // A refusal here ends the session for the whole portal: see app/session.
      onTrouble: () => void client.fetchQuery({ ...meQuery, staleTime: 0, retry: false }).catch(() => undefined),
    });
    return () => {
      window.clearTimeout(grumble);
      close();
    };
  }, [client]);

  const live = useMemo<Live>(
    () => ({
      connected,
      subscribe(handler) {
        handlers.current.add(handler);
        return () => handlers.current.delete(handler);
      },
    }),
    [connected],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('LiveProvider is missing');
  return live;
}

/** Whether events arrive. */
export const useConnected = (): boolean => useLive().connected;

/** Calls the handler with what happens from now on, to all runs of the person or to one. */
export function useEvents(handler: Handler, run?: string): void {
  const { subscribe } = useLive();
  const current = useRef(handler);
  useEffect(() => {
    current.current = handler;
  });
  useEffect(
    () =>
      subscribe((events) => {
        const mine = run === undefined ? events : events.filter((event) => event.run === run);
        if (mine.length > 0) current.current(mine);
      }),
    [subscribe, run],
  );
}
