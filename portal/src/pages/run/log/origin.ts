// Where bytes come from: the log of an element, or an output file.
import { answered, apiUrl } from '@/api/client';
import type { Extent, Origin } from './model';

export type Stream = 'stdout' | 'stderr';

export interface LogName {
  run: string;
  element: number;
  stream: Stream;
}

export function logUrl({ run, element, stream }: LogName, from?: number): URL {
  const url = apiUrl(`runs/${run}/logs`);
  url.searchParams.set('element', String(element));
  url.searchParams.set('stream', stream);
  if (from !== undefined) url.searchParams.set('from', String(from));
  return url;
}

export function logOrigin(name: LogName): Origin {
  return {
    async extent(signal) {
      const response = await answered(fetch(logUrl(name, Number.MAX_SAFE_INTEGER), { signal }));
      await response.body?.cancel();
      return extentOf(response);
    },
    async read(from, length, signal) {
      return length > 0 ? readPart(logUrl(name), from, length, signal) : new Uint8Array(0);
    },
    async follow(from, signal, more) {
      const url = logUrl(name, from);
      url.searchParams.set('follow', 'true');
      const response = await answered(fetch(url, { signal }));
      const reader = response.body?.getReader();
      let size = from;
      for (;;) {
        const part = await reader?.read();
        if (part === undefined || part.done) break;
        size += part.value.length;
        more(part.value);
      }
      // How the stream ended says nothing; asking does.
      const now = await this.extent(signal);
      return { ...now, complete: now.complete && now.size <= size };
    },
  };
}

function extentOf(response: Response): Extent {
  const said = (name: string) => response.headers.get(`roadstead-log-${name}`);
  return {
    size: Number(said('bytes')),
    complete: said('complete') === 'true',
    truncated: said('truncated') === 'true',
  };
}

/** A path in an address: each part of it encoded, the slashes kept. */
export function outputUrl(run: string, element: number, path: string): URL {
  return apiUrl(`runs/${run}/outputs/${element}/${path.split('/').map(encodeURIComponent).join('/')}`);
}

export async function readPart(url: URL, from: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const response = await answered(fetch(url, { signal, headers: { Range: `bytes=${from}-${from + length - 1}` } }));
  // A gateway or a proxy that knows no ranges sends everything, which may be a gibibyte.
  if (response.status !== 206 && Number(response.headers.get('content-length') ?? 0) > length) {
    await response.body?.cancel();
    throw new Error('the answer is not the part that was asked for');
  }
  return new Uint8Array(await response.arrayBuffer());
}

export function fileOrigin(url: URL, size: number): Origin {
  return {
    extent: async () => ({ size, complete: true, truncated: false }),
    read: (from, length, signal) => readPart(url, from, length, signal),
  };
}
