// What one does to a run. The answer of the gateway is the run as it is then; the rest is fetched again.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import { elementsOf } from './array/useLit';
import type { CauseGroup } from './queries';

function useForgetting(id: string) {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.run(id) });
}

export function useCancel(id: string) {
  const onSuccess = useForgetting(id);
  return useMutation({
    mutationFn: () => answer(api.POST('/api/v1/runs/{id}/cancel', { params: { path: { id } } })),
    onSuccess,
  });
}

/** All that did not succeed, or these elements. */
export function useRetry(id: string) {
  const onSuccess = useForgetting(id);
  return useMutation({
    mutationFn: (elements: number[] | undefined) => retry(id, elements),
    onSuccess,
  });
}

/** All that did not succeed for this cause. */
export function useRetryCause(id: string) {
  const onSuccess = useForgetting(id);
  return useMutation({
    mutationFn: async (cause: CauseGroup) => retry(id, [...(await elementsOf(id, cause))]),
    onSuccess,
  });
}

const retry = (id: string, elements: number[] | undefined) =>
  answer(
    api.POST('/api/v1/runs/{id}/retry', {
      params: { path: { id } },
      body: elements === undefined ? {} : { elements },
    }),
  );

export function useCancelElement(id: string, index: number) {
  const onSuccess = useForgetting(id);
  return useMutation({
    mutationFn: () =>
      answer(api.POST('/api/v1/runs/{id}/elements/{index}/cancel', { params: { path: { id, index } } })),
    onSuccess,
  });
}

export function useDelete(id: string) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  return useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/runs/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      navigate('/runs', { replace: true });
      client.removeQueries({ queryKey: keys.run(id) });
      return client.invalidateQueries({ queryKey: keys.runs });
    },
  });
}
