// What the pages about machines ask. Events make it be fetched again; what is done at a site's own page tells of itself
// only when the gateway looks, so machines are asked for from time to time too.
import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { Machine } from '@/api/types';

const FRESH = 15_000;
const MOVING = 4_000;

export const isChanging = ({ change }: Machine): boolean => change != null && change.stage !== 'over';

export const isMoving = (machine: Machine): boolean =>
  isChanging(machine) || ['building', 'changing', 'resizing', 'deleting'].includes(machine.status);

export const machinesQuery = (gone: boolean) =>
  queryOptions({
    queryKey: [...keys.machines, 'list', gone],
    queryFn: async ({ signal }) =>
      await answer(api.GET('/api/v1/machines', { params: { query: gone ? { gone } : {} }, signal })),
    refetchInterval: (query) => (query.state.data?.items.some(isMoving) ? MOVING : FRESH),
  });

export const machineQuery = (id: string) =>
  queryOptions({
    queryKey: keys.machine(id),
    queryFn: async ({ signal }) => await answer(api.GET('/api/v1/machines/{id}', { params: { path: { id } }, signal })),
    refetchInterval: (query) => {
      const machine = query.state.data;
      if (machine?.status === 'gone') return false;
      return machine && isMoving(machine) ? MOVING : FRESH;
    },
  });

export const sizesQuery = (id: string) =>
  queryOptions({
    queryKey: ['machine sizes', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/machines/{id}/sizes', { params: { path: { id } }, signal })),
    gcTime: 0,
  });

/** Asks all sites: only when somebody wants to see it. */
export const neighboursQuery = queryOptions({
  queryKey: ['neighbours'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/neighbours', { signal })),
});

export const consoleQuery = (id: string) =>
  queryOptions({
    queryKey: ['console', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/machines/{id}/console', { params: { path: { id } }, signal })),
    gcTime: 0,
  });

export const recipesQuery = queryOptions({
  queryKey: ['recipes'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/recipes', { signal })),
});
