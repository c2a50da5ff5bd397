// What Home shows of runs.
import { glanceQuery } from '@/api/queries';

export const activeQuery = glanceQuery({ active: true }, 12);
export const doneQuery = glanceQuery({ outcome: 'done' }, 5);
export const failedQuery = glanceQuery({ outcome: 'failed' }, 30);
