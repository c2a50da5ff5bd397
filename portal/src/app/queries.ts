import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/api/client';
import { keys } from '@/api/queries';
import { signedOutByGateway } from './session';

const TRIES = 2;

function onError(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) {
    signedOutByGateway(queryClient.getQueryData(keys.me) !== undefined);
  }
}

/** Worth another try: no answer at all, or the gateway says that it cannot just now. */
const isPassing = (error: Error) => error instanceof ApiError && (error.status === 0 || error.status === 503);

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  defaultOptions: {
    queries: {
      // Events keep answers fresh; this is for what they do not tell.
      staleTime: 30_000,
      // The gateway may be on this very computer: being off the network says nothing.
      networkMode: 'always',
      retry: (failures, error) => failures < TRIES && isPassing(error),
    },
    mutations: { networkMode: 'always', onError },
  },
});
