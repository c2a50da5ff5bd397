// How busy a service is, in one word.
import type { Service } from '@/api/types';
import { readBytes } from '../new-run/request/lengths';

export type Busyness = 'free' | 'busy' | 'full' | 'queue' | 'unknown';

export interface Share {
  used: number;
  all: number;
}

export const bytesOf = (length: string): number => {
  const read = readBytes(length);
  return 'bytes' in read ? read.bytes : 0;
};

/** What is in use of a size that can be had in parts. How many whole sizes there are is not known, so nor is a share. */
export function shares(service: Service): { cores: Share; memory: Share } | undefined {
  const size = service.sizes.find((one) => one.divisible);
  if (!size) return undefined;
  return {
    cores: { used: service.usage.cores_used, all: size.cores },
    memory: { used: bytesOf(service.usage.memory_used), all: bytesOf(size.memory) },
  };
}

export function busynessOf(service: Service): Busyness {
  if (service.usage.waiting > 0) return 'queue';
  const parts = shares(service);
  if (!parts) return service.usage.running > 0 ? 'busy' : 'unknown';
  const most = Math.max(...[parts.cores, parts.memory].map(({ used, all }) => (all > 0 ? used / all : 0)));
  if (most >= 1) return 'full';
  return most > 0 ? 'busy' : 'free';
}
