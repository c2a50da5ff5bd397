// What somebody pasted, as claims: JSON, the payload of a token, or groups one to a line.
import { isTable, type Table, type Value } from '../../new-run/request/value';

export const KINDS = ['entitlements', 'wlcg.groups', 'groups'] as const;
export type Kind = (typeof KINDS)[number];

export type Claims =
  | { is: 'nothing' }
  | { is: 'wrong'; why: 'notJson' | 'notAnObject' | 'notAToken' }
  | { is: 'claims'; claims: Table; issuer: string | undefined }
  /** Lines: what they are has to be said. */
  | { is: 'lines'; lines: string[]; likely: Kind };

const TOKEN = /^[\w-]{10,}\.([\w-]{10,})\.[\w-]*$/;

export function readClaims(pasted: string): Claims {
  const text = pasted.trim().replace(/^Bearer\s+/i, '');
  if (text === '') return { is: 'nothing' };
  const token = TOKEN.exec(text);
  if (token) return object(parse(decode(token[1] ?? '')), 'notAToken');
  if (/^[{[]/.test(text)) {
    const value = parse(text);
    if (value === undefined) return { is: 'wrong', why: 'notJson' };
    // A list of texts is the value of one claim.
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return lines(value);
    return object(value, 'notAnObject');
  }
  return lines(text.split('\n').map((line) => line.trim().replace(/^"(.*)",?$/, '$1')));
}

function lines(all: string[]): Claims {
  const found = all.filter((line) => line !== '');
  const first = found[0] ?? '';
  const likely = /^urn:/i.test(first) ? 'entitlements' : first.startsWith('/') ? 'wlcg.groups' : 'groups';
  return { is: 'lines', lines: found, likely };
}

function object(value: Value, otherwise: 'notAnObject' | 'notAToken'): Claims {
  if (!isTable(value)) return { is: 'wrong', why: otherwise };
  const issuer = value['iss'];
  return { is: 'claims', claims: value, issuer: typeof issuer === 'string' ? issuer : undefined };
}

function parse(text: string | undefined): Value {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decode(base64url: string): string | undefined {
  try {
    const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
