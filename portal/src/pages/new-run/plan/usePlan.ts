import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, answer, api, problemOf } from '@/api/client';
import type { Plan, Problem, RunRequest } from '@/api/types';
import type { FieldMistake } from '../request/read';

const PAUSE = 350;

export interface Checked {
  /** The latest plan; of an earlier request while `checking`, or when this one has mistakes. */
  plan: Plan | undefined;
  /** Those that the gateway found. */
  mistakes: FieldMistake[];
  /** What is wrong beyond single fields. */
  problem: Problem | undefined;
  checking: boolean;
  again(): void;
}

/** What would happen to the request if it were started now. Nothing is. */
export function usePlan(request: RunRequest, enabled: boolean): Checked {
  // What is to be run plays no part in where: until it is said, something stands for it.
  const standIn = request.command == null && request.container == null && request.workflow == null;
  const body = JSON.stringify(standIn ? { ...request, command: ['true'] } : request);
  const [settled] = useDebouncedValue(body, PAUSE);
  const query = useQuery({
    queryKey: ['plans', settled],
    queryFn: ({ signal }) => answer(api.POST('/api/v1/plans', { body: JSON.parse(settled) as RunRequest, signal })),
    enabled,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    // A request may hold what should not stay in memory for long.
    gcTime: 30_000,
  });
  // A refused request has no plan; what was possible before it stays in sight, so that nothing jumps.
  const [latest, setLatest] = useState<Plan>();
  useEffect(() => {
    if (query.data) setLatest(query.data);
  }, [query.data]);
  const checking = enabled && (query.isFetching || settled !== body);
  const problem = query.error ? problemOf(query.error) : undefined;
  const mistakes = query.error instanceof ApiError ? (query.error.problem.fields ?? []) : [];
  return {
    plan: query.data ?? latest,
    mistakes: settled === body ? mistakes : [],
    problem: mistakes.length === 0 ? problem : undefined,
    checking,
    again: () => void query.refetch(),
  };
}
