import { useCallback, useEffect, useRef, useState } from 'react';
import { answer, api, problemOf } from '@/api/client';
import type { Problem, Upload } from '@/api/types';
import { type Stage, send } from './send';

export interface Sending {
  id: number;
  file: File;
  stage: Stage;
  problem?: Problem;
}

export interface Uploads {
  sendings: Sending[];
  add(files: Iterable<File>): void;
  /** Stops it. What arrived stays at the gateway for a while, should it be sent again. */
  cancel(id: number): void;
  retry(id: number): void;
}

/** Sends one file after the other; `arrived` is told of each. */
export function useUploads(arrived: (upload: Upload, file: File) => void): Uploads {
  const [sendings, setSendings] = useState<Sending[]>([]);
  const next = useRef(0);
  const running = useRef<{ id: number; abort: AbortController } | undefined>(undefined);
  const onArrived = useRef(arrived);
  onArrived.current = arrived;

  const update = useCallback((id: number, change: Partial<Sending>) => {
    setSendings((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one)));
  }, []);

  const first = sendings.find((one) => one.problem === undefined);
  useEffect(() => {
    if (first === undefined || running.current !== undefined) return;
    const { id, file } = first;
    const abort = new AbortController();
    running.current = { id, abort };
    send(file, (stage) => update(id, { stage }), abort.signal)
      .then(
        (upload) => {
          if (abort.signal.aborted) return;
          onArrived.current(upload, file);
          setSendings((all) => all.filter((one) => one.id !== id));
        },
        (error: unknown) => !abort.signal.aborted && update(id, { problem: problemOf(error) }),
      )
      .finally(() => {
        running.current = undefined;
        // The next one is looked for when the list changes; after a cancelled one it has changed already.
        setSendings((all) => [...all]);
      });
  }, [first, update]);

  useEffect(() => () => running.current?.abort.abort(), []);

  return {
    sendings,
    add(files) {
      const added = [...files].map((file): Sending => ({ id: next.current++, file, stage: { is: 'waiting' } }));
      setSendings((all) => [...all, ...added]);
    },
    cancel(id) {
      if (running.current?.id === id) running.current.abort.abort();
      setSendings((all) => all.filter((one) => one.id !== id));
    },
    retry(id) {
      setSendings((all) => all.map((one) => (one.id === id ? { id, file: one.file, stage: { is: 'waiting' } } : one)));
    },
  };
}

/** What an upload that an input names is, for people. */
export const uploadQuery = (id: string) => ({
  queryKey: ['uploads', id],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    answer(api.GET('/api/v1/uploads/{id}', { params: { path: { id } }, signal })),
  staleTime: 300_000,
});
