import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ApiError, answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { Run, RunRequest } from '@/api/types';
import { keyFor, used } from './ticket';

const PAUSES = [500, 1_500, 4_000];

export interface Starting {
  busy: boolean;
  /** The answer did not come, and it is asked again. */
  repeating: boolean;
  error: ApiError | undefined;
  /** The request that `error` is about. */
  refused: RunRequest | undefined;
  start(request: RunRequest): void;
}

/** Starts a request once: however often it is asked for, and whether or not an answer is lost on the way. */
export function useStart(started: (run: Run) => void): Starting {
  const client = useQueryClient();
  const [state, setState] = useState<Omit<Starting, 'start'>>({
    busy: false,
    repeating: false,
    error: undefined,
    refused: undefined,
  });
  // A second click comes before the first one is drawn.
  const underWay = useRef(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);

  async function begin(request: RunRequest): Promise<void> {
    const key = keyFor(JSON.stringify(request));
    for (let i = 0; ; i++) {
      try {
        const asked = api.POST('/api/v1/runs', { params: { header: { 'Idempotency-Key': key } }, body: request });
        const run = await answer(asked);
        used();
        void client.invalidateQueries({ queryKey: keys.runs });
        if (!gone.current) started(run);
        return;
      } catch (error) {
        const pause = PAUSES[i];
        const lost = error instanceof ApiError && (error.status === 0 || error.status === 502 || error.status === 503);
        if (!lost || pause === undefined) throw error;
        setState((now) => ({ ...now, repeating: true }));
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  return {
    ...state,
    start(request) {
      if (underWay.current) return;
      underWay.current = true;
      setState({ busy: true, repeating: false, error: undefined, refused: undefined });
      begin(request).then(
        () => undefined,
        (error: unknown) => {
          underWay.current = false;
          const known = error instanceof ApiError ? error : undefined;
          setState({ busy: false, repeating: false, error: known, refused: request });
          if (!known) throw error;
        },
      );
    },
  };
}
