// Lengths of data and of time, by the gateway's own rules (crates/model: bytes, span). They are checked here too because
// the gateway stops reading at the first that it cannot read, and all mistakes are to be seen at once.

const BYTE_FACTORS: Record<string, number> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};

export type BytesMistake = 'number' | 'no_unit' | 'unit' | 'large';

export function readBytes(text: string): { bytes: number } | { mistake: BytesMistake } {
  const [, digits = '', unit = ''] = /^\s*([0-9.]*)(.*?)\s*$/s.exec(text) ?? [];
  if (!/^([0-9]+\.?[0-9]*|\.[0-9]+)$/.test(digits)) return { mistake: 'number' };
  if (unit.trim() === '') return { mistake: 'no_unit' };
  const factor = Object.hasOwn(BYTE_FACTORS, unit.trim()) ? BYTE_FACTORS[unit.trim()] : undefined;
  if (factor === undefined) return { mistake: 'unit' };
  const bytes = Number(digits) * factor;
  return bytes > 2 ** 53 ? { mistake: 'large' } : { bytes: Math.round(bytes) };
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds, or `undefined` when it is not a length of time. */
export function readSpan(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^([0-9]+[smhd])+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, count, unit] of trimmed.matchAll(/([0-9]+)([smhd])/g))
    total += Number(count) * (SECONDS[unit ?? ''] ?? 0);
  return total <= 366 * 86_400 ? total : undefined;
}
