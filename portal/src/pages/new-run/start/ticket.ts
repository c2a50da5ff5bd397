// The key that makes starting once out of starting twice. It belongs to one request and lives until its run is known:
// through a double click, a lost answer, and a reload in between.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

const KEY = 'roadstead-new-run-ticket';

/** The key for this body; another body gets another key. */
export function keyFor(body: string): string {
  const asked = bytesToHex(sha256(utf8ToBytes(body)));
  const [known, key] = (read() ?? '').split(' ');
  if (known === asked && key) return key;
  const fresh = bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
  write(`${asked} ${fresh}`);
  return fresh;
}

/** The run is known: the next start is of another one, even with the same request. */
export function used(): void {
  write('');
}

// For where nothing can be kept, the page's own memory does.
let memory = '';

function read(): string {
  try {
    return sessionStorage.getItem(KEY) ?? memory;
  } catch {
    return memory;
  }
}

function write(text: string): void {
  memory = text;
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // See above.
  }
}
