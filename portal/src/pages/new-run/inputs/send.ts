// Sends a file: hashed first, so that what is there already is not sent again; then in parts, from where an earlier
// attempt stopped. A gateway that is away for a while is waited for.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ApiError, answer, answered, api, apiUrl } from '@/api/client';
import type { Upload } from '@/api/types';
import { newRunStrings } from '@/strings/new-run';

/** Small enough to be repeated when the connection breaks, large enough to keep a fast one busy. */
const PART = 4 << 20;
/** Hashed between two frames: a larger slice would hold up typing. */
const SLICE = 1 << 20;
/** An upload that is forgotten sooner than this is not worth finding. */
const LEAST_LIFE = 3_600_000;
const LONGEST_PAUSE = 15_000;
const MOST_WRONG_OFFSETS = 5;

export type Stage =
  | { is: 'waiting' }
  | { is: 'hashing' | 'sending' | 'interrupted'; done: number }
  | { is: 'checking' };

export async function send(file: File, tell: (stage: Stage) => void, signal: AbortSignal): Promise<Upload> {
  const digest = await hash(file, (done) => tell({ is: 'hashing', done }), signal);
  const begun = await untilThere(
    () => findOrCreate(file, digest, signal),
    () => tell({ is: 'interrupted', done: 0 }),
    signal,
  );
  if (begun.completed_at != null) return begun;
  await sendParts(file, begun, tell, signal);
  tell({ is: 'checking' });
  const complete = () =>
    answer(api.POST('/api/v1/uploads/{id}/complete', { params: { path: { id: begun.id } }, signal }));
  const upload = await untilThere(complete, () => tell({ is: 'interrupted', done: file.size }), signal);
  if (upload.sha256 != null && upload.sha256.replace('sha256:', '') !== digest) {
    throw new ApiError(newRunStrings.form.uploads.differs, 0);
  }
  return upload;
}

async function hash(file: File, tell: (done: number) => void, signal: AbortSignal): Promise<string> {
  const hasher = sha256.create();
  for (let at = 0; at < file.size; at += SLICE) {
    signal.throwIfAborted();
    tell(at);
    hasher.update(new Uint8Array(await read(file.slice(at, at + SLICE))));
  }
  return bytesToHex(hasher.digest());
}

async function read(blob: Blob): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch {
    // A folder, or a file that changed since it was chosen.
    throw new ApiError(newRunStrings.form.uploads.unreadable, 0);
  }
}

async function findOrCreate(file: File, digest: string, signal: AbortSignal): Promise<Upload> {
  const known = await answer(api.GET('/api/v1/uploads', { params: { query: { limit: 200 } }, signal }));
  const same = known.items.find(
    (upload) =>
      upload.bytes === file.size &&
      upload.sha256?.replace('sha256:', '') === digest &&
      Date.parse(upload.expires_at) > Date.now() + LEAST_LIFE,
  );
  if (same) return same;
  const key = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
  return answer(
    api.POST('/api/v1/uploads', {
      params: { header: { 'Idempotency-Key': key } },
      body: { name: plainName(file.name), bytes: file.size, sha256: digest },
      signal,
    }),
  );
}

async function sendParts(file: File, upload: Upload, tell: (stage: Stage) => void, signal: AbortSignal): Promise<void> {
  let received = upload.received;
  let wrong = 0;
  const ask = () => answer(api.GET('/api/v1/uploads/{id}', { params: { path: { id: upload.id } }, signal }));
  while (received < file.size) {
    tell({ is: 'sending', done: received });
    const part = await read(file.slice(received, received + PART));
    try {
      received = (await sendPart(upload.id, part, received, file.size, signal)).received;
      wrong = 0;
    } catch (error) {
      // Somebody else sends the same file, or an answer was lost: go on where the gateway is.
      const lost = isAway(error) || (error instanceof ApiError && error.problem.code === 'RS-4009');
      if (!lost || (!isAway(error) && ++wrong > MOST_WRONG_OFFSETS)) throw error;
      received = (await untilThere(ask, () => tell({ is: 'interrupted', done: received }), signal)).received;
    }
  }
}

async function sendPart(
  id: string,
  part: ArrayBuffer,
  from: number,
  all: number,
  signal: AbortSignal,
): Promise<Upload> {
  const response = await answered(
    fetch(apiUrl(`uploads/${encodeURIComponent(id)}/content`), {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        'content-range': `bytes ${from}-${from + part.byteLength - 1}/${all}`,
      },
      body: part,
      signal,
    }),
  );
  return (await response.json()) as Upload;
}

const isAway = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 0 || error.status === 503) && error.problem.code !== 'RS-4009';

/** Asks until there is an answer, ever more slowly. */
async function untilThere<T>(ask: () => Promise<T>, away: () => void, signal: AbortSignal): Promise<T> {
  for (let pause = 500; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!isAway(error)) throw error;
      away();
      await new Promise((resolve) => setTimeout(resolve, pause));
      signal.throwIfAborted();
    }
  }
}

/** A name that the gateway takes: one printable line. The file's own name may be anything. */
export function plainName(name: string): string {
  const plain = [...name]
    .filter((c) => !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(c))
    .join('')
    .trim();
  if (plain === '' || plain === '.' || plain === '..') return 'file';
  return [...plain].slice(0, 120).join('');
}
