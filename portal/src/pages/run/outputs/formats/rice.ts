// Rice's compression, as FITS tiles have it: each pixel as its difference from the one before, in blocks of which each
// says how many low bits of a difference it writes out; the rest of it is counted in zeros.

/** By the bytes of a pixel: how many bits name a block's kind, and the kind that is not compressed. */
const KINDS = { 1: { bits: 3, raw: 6 }, 2: { bits: 4, raw: 14 }, 4: { bits: 5, raw: 25 } } as const;
export type PixelBytes = keyof typeof KINDS;

/** Bytes that are missing read as zeros: a tile that was cut shows what of it is there. */
export function unrice(bytes: Uint8Array, pixels: number, pixelBytes: PixelBytes, blockLength: number): Int32Array {
  const { bits, raw } = KINDS[pixelBytes];
  const out = new Int32Array(pixels);
  let at = 0;
  const next = () => bytes[at++] ?? 0;
  let last = 0;
  for (let i = 0; i < pixelBytes; i++) last = (last << 8) | next();
  // What was read and not used yet: `left` bits, the lowest of `held`.
  let held = next();
  let left = 8;
  function take(count: number): number {
    left -= count;
    while (left < 0) {
      held = ((held << 8) | next()) >>> 0;
      left += 8;
    }
    const taken = held >>> left;
    held &= (1 << left) - 1;
    return taken;
  }
  function add(difference: number): number {
    last = (last + (difference & 1 ? ~(difference >>> 1) : difference >>> 1)) | 0;
    if (pixelBytes === 2) last = (last << 16) >> 16;
    else if (pixelBytes === 1) last &= 0xff;
    return last;
  }
  for (let from = 0; from < pixels; from += blockLength) {
    const kind = take(bits) - 1;
    const to = Math.min(from + blockLength, pixels);
    if (kind < 0) {
      out.fill(last, from, to);
    } else if (kind === raw) {
      // As many bits as a pixel has; 32 at once would be more than fits beside what is held.
      const half = pixelBytes * 4;
      for (let i = from; i < to; i++) out[i] = add(((take(half) << half) | take(half)) >>> 0);
    } else {
      for (let i = from; i < to; i++) {
        let zeros = 0;
        while (held === 0 && at < bytes.length) {
          zeros += left;
          held = next();
          left = 8;
        }
        if (held === 0) return out;
        const high = 32 - Math.clz32(held);
        zeros += left - high;
        left = high - 1;
        held ^= 1 << left;
        out[i] = add(((zeros << kind) | take(kind)) >>> 0);
      }
    }
  }
  return out;
}
