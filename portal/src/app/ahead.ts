// What the first page needs of the gateway, asked before anything is drawn. Drawn as the answers come, one after the other,
// the page would be made four times over, and its requests would wait for each other.
import { home } from '@/api/client';
import { meQuery, quotasQuery } from '@/api/queries';
import { activeQuery, doneQuery, failedQuery } from '@/pages/home/queries';
import { queryClient } from './queries';

/** For longer than this nobody is shown nothing: then the page is drawn without, and says that it loads. */
const PATIENCE = 300;

/** Resolves when the page can be drawn; what did not come, the page asks for again. */
export async function askAhead(): Promise<void> {
  const asked: Promise<void>[] = [queryClient.prefetchQuery(meQuery)];
  if (location.pathname === home.pathname) {
    asked.push(
      queryClient.prefetchQuery(activeQuery),
      queryClient.prefetchQuery(doneQuery),
      queryClient.prefetchQuery(failedQuery),
      queryClient.prefetchQuery(quotasQuery),
    );
  }
  const enough = new Promise((resolve) => window.setTimeout(resolve, PATIENCE));
  await Promise.race([Promise.all(asked), enough]);
}
