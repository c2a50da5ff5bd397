// What somebody has in flight of what they may have.
import { number, plural } from './format';

export const quotas = {
  names: { runs: 'Runs', cores: 'Cores', accelerators: 'Accelerators' },
  of: (used: number, most: number) => `${number(used)} of ${number(most)}`,
  unlimited: (used: number) => `${number(used)}, not limited`,
  waiting: (count: number) => `${plural(count, { one: 'run waits', other: 'runs wait' })} for room.`,
  nearly: 'Your quota',
  more: 'All of it',
};
