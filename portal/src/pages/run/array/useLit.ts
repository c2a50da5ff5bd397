// All elements of one cause. The overview names the first few; the others are looked for among those that did not succeed.
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '@/api/client';
import { keys } from '@/api/queries';
import type { CauseGroup } from '../queries';
import { keyOf } from './Causes';
import { isCauseOf } from './cells';

const PAGE = 1_000;

export async function elementsOf(run: string, cause: CauseGroup, signal?: AbortSignal): Promise<Set<number>> {
  const found = new Set<number>(cause.first);
  for (const is of ['failed', 'cancelled']) {
    let cursor: string | null | undefined;
    do {
      if (found.size >= cause.count) return found;
      const query = { is, limit: PAGE, ...(cursor ? { cursor } : {}) };
      const page = await answer(
        api.GET('/api/v1/runs/{id}/elements', { params: { path: { id: run }, query }, ...(signal ? { signal } : {}) }),
      );
      for (const element of page.items) if (element.cause && isCauseOf(cause, element.cause)) found.add(element.index);
      cursor = page.next;
    } while (cursor);
  }
  return found;
}

export function useLit(run: string, cause: CauseGroup | undefined) {
  return useQuery({
    queryKey: [...keys.run(run), 'lit', cause && keyOf(cause), cause?.count],
    enabled: cause !== undefined,
    queryFn: ({ signal }) => (cause ? elementsOf(run, cause, signal) : new Set<number>()),
    // What is known at once is lit at once.
    placeholderData: new Set<number>(cause?.first),
    structuralSharing: false,
  });
}
