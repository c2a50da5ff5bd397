// What one does with a machine. The gateway answers with the machine as it is then; the rest is fetched again.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { Machine, MachineDeed } from '@/api/types';

function useTaking(id: string) {
  const client = useQueryClient();
  return (machine: Machine) => {
    client.setQueryData(keys.machine(id), machine);
    void client.invalidateQueries({ queryKey: keys.machines });
    void client.invalidateQueries({ queryKey: keys.run(id) });
  };
}

export function useDeed(id: string) {
  const onSuccess = useTaking(id);
  return useMutation({
    mutationFn: async (deed: MachineDeed) =>
      await answer(api.POST('/api/v1/machines/{id}/deeds', { params: { path: { id } }, body: deed })),
    onSuccess,
  });
}

export function useLifetime(id: string) {
  const onSuccess = useTaking(id);
  return useMutation({
    mutationFn: async (lifetime: string) =>
      await answer(api.PUT('/api/v1/machines/{id}/lifetime', { params: { path: { id } }, body: { lifetime } })),
    onSuccess,
  });
}
