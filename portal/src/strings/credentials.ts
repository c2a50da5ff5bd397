// What a run holds, on the account page and on the run's own.
import { number } from './format';

export const credentials = {
  label: 'Credentials of runs',
  run: 'Run',
  service: 'Service',
  audience: 'For',
  scopes: 'Scopes',
  used: 'Last used',
  expires: 'Expires',
  never: 'not yet',
  uses: (count: number) => (count === 1 ? '(once)' : `(${number(count)} times)`),
  /** What the run's own pilot works with, which no login service gave. */
  own: 'This gateway',
  ownHint: 'its pilot’s own',
  anybody: 'whoever accepts it',
  by: (issuer: string) => `from ${issuer}`,
  ended: 'Ended',
  expired: 'Expired',
  revoke: 'Revoke',
  revokeOf: (what: string, run: string) => `Revoke what ${run} holds for ${what}`,
  revokeTitle: (what: string, run: string) => `Revoke what “${run}” holds for ${what}?`,
  revokeText: 'The run gets it no more. What it was handed before lives on until it expires.',
  revokeOwn: 'This ends the run: its pilot works with it, and nothing of the run goes on without.',
  revokeRun: 'Revoke, and end the run',
  keep: 'Keep it',
  ofRun: 'What it holds',
  ofRunText: 'Tokens that this run was given to act with in your name.',
  ofRunNone: 'Nothing.',
};
