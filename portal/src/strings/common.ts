// What the frame and the shared parts say.
import type { Counts, Outcome, State, Waiting } from '@/api/types';
import { number, plural } from './format';

const state: Record<State, string> = {
  planned: 'Planned',
  provisioning: 'Getting ready',
  staging: 'Bringing inputs',
  running: 'Running',
  collecting: 'Collecting outputs',
  releasing: 'Cleaning up',
  ended: 'Ended',
};

const outcome: Record<Outcome, string> = { done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };

const waiting: Record<Waiting['reason'], string> = {
  predecessors: 'Waiting for other runs',
  capacity: 'Waiting for a free place',
  quota: 'Waiting for your quota',
  sign_in: 'Waiting for your sign-in',
  pilot: 'Waiting for its pilot',
  retry: 'Trying again soon',
  offer: 'Waiting for an offer',
};

export const common = {
  product: 'Roadstead',
  title: (page: string) => `${page} – Roadstead`,
  nav: {
    label: 'Main',
    home: 'Home',
    runs: 'Runs',
    newRun: 'New run',
    machines: 'Machines',
    sites: 'Sites',
    offers: 'Offers',
    account: 'Account',
    admin: 'Admin',
    skip: 'Skip to the content',
  },
  live: {
    reconnecting: 'Reconnecting…',
    explain: 'The connection to the gateway is interrupted. What you see may be a little old; runs go on.',
    back: 'Connected again.',
  },
  scheme: { toLight: 'Switch to light colours', toDark: 'Switch to dark colours' },
  shortcuts: {
    title: 'Keyboard shortcuts',
    open: 'Keyboard shortcuts',
    help: 'Show this list',
    search: 'Search in the list',
    between: 'then',
    enabled: 'Use single-key shortcuts',
    enabledHint: 'Turn them off if you dictate or if a key is pressed by mistake.',
  },
  actions: {
    cancel: 'Cancel',
    close: 'Close',
    copy: 'Copy',
    copied: 'Copied',
    retry: 'Try again',
    loadMore: 'Load more',
    more: 'More',
  },
  loading: 'Loading…',
  rows: { next: 'Next row', previous: 'Previous row', loadingMore: 'Loading more…' },
  state,
  outcome,
  waiting,
  cancelling: 'Cancelling',
  attention: 'Needs attention',
  elements: (count: number) => plural(count, { one: 'element', other: 'elements' }),
  /** "7 of 10 done, 1 failed" */
  elementsSaid: (counts: Counts) => {
    const ended = `${number(counts.done)} of ${number(counts.total)} done`;
    const failed = counts.failed > 0 ? `, ${number(counts.failed)} failed` : '';
    const cancelled = counts.cancelled > 0 ? `, ${number(counts.cancelled)} cancelled` : '';
    return ended + failed + cancelled;
  },
  problem: {
    code: (code: string) => `Error ${code}`,
    request: (id: string) => `Request ${id}`,
  },
  notFound: {
    title: 'There is no such page',
    text: 'The address leads nowhere. It may have been cut when it was copied.',
    home: 'Go to Home',
  },
  crash: {
    title: 'This page broke',
    text: 'Something in the portal itself went wrong. Your runs are not affected.',
    reload: 'Load it again',
  },
};
