// The three languages a request can be written in. Each is loaded when it is first used.
import type { Value } from '../request/value';

export const FORMATS = ['toml', 'yaml', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export interface FileMistake {
  /** From 1. */
  line: number;
  detail: string;
}

export type Read =
  | {
      value: Value;
      /** In which line a field stands: `inputs[2].to` is 14. */
      lines: Map<string, number>;
    }
  | { mistake: FileMistake };

export interface Language {
  read(text: string): Read;
  /** The value as text. What is the same in `before` is left as it stands there, comments included, where possible. */
  write(value: Value, before?: string): string;
}

export async function load(format: Format): Promise<Language> {
  if (format === 'toml') return (await import('./toml')).toml;
  if (format === 'yaml') return (await import('./yaml')).yaml;
  return (await import('./json')).json;
}

export function formatOf(name: string): Format | undefined {
  const ending = name.toLowerCase().split('.').pop();
  if (ending === 'yml') return 'yaml';
  return FORMATS.find((format) => format === ending);
}

/** The line of a field, or of the nearest thing around it that has one. */
export function lineOf(lines: Map<string, number>, field: string): number | undefined {
  for (let at = field; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
    const line = lines.get(at);
    if (line !== undefined) return line;
  }
  return undefined;
}
