// A draft survives a reload of its tab, without what looks like a secret.
import type { Format, Language } from '../file/language';
import { FORMATS } from '../file/language';
import type { Draft } from './draft';
import { addressHasSecret, looksSecret } from './secrets';
import { getIn, isTable, setIn, type Value } from './value';

const KEY = 'roadstead-new-run';

export interface Kept {
  format: Format;
  text: string;
  from?: string;
}

export function withoutSecrets(value: Value): Value {
  let clean = value;
  const env = getIn(value, ['env']);
  for (const [name, item] of Object.entries(isTable(env) ? env : {})) {
    if (looksSecret(name) && item !== '') clean = setIn(clean, ['env', name], '');
  }
  const inputs = getIn(value, ['inputs']);
  for (const [i, input] of (Array.isArray(inputs) ? inputs : []).entries()) {
    const from = getIn(input, ['from']);
    if (typeof from === 'string' && addressHasSecret(from)) clean = setIn(clean, ['inputs', i, 'from'], '');
  }
  return clean;
}

/** A file that cannot be read may hold a secret that is not seen: what it said last is kept instead. */
export function keep(draft: Draft, language: Language): void {
  const clean = withoutSecrets(draft.value);
  const untouched = draft.mistake === undefined && clean === draft.value;
  const text = untouched ? draft.text : language.write(clean, draft.mistake ? '' : draft.text);
  const kept: Kept = { format: draft.format, text, ...(draft.from === undefined ? {} : { from: draft.from }) };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Full or forbidden: then a reload begins anew.
  }
}

export function kept(): Kept | undefined {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    if (!isTable(found) || typeof found['text'] !== 'string') return undefined;
    const format = FORMATS.find((one) => one === found['format']);
    if (format === undefined) return undefined;
    return { format, text: found['text'], ...(typeof found['from'] === 'string' ? { from: found['from'] } : {}) };
  } catch {
    return undefined;
  }
}

export function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept either.
  }
}
