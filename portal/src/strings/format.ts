// Numbers, lengths and times as people say them, by the rules of the language (Intl).

const LOCALE = 'en-GB';

const numbers = new Intl.NumberFormat(LOCALE);
const plurals = new Intl.PluralRules(LOCALE);
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto', style: 'short' });
const moments = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const days = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const lists = new Intl.ListFormat(LOCALE, { type: 'conjunction' });

export const number = (value: number): string => numbers.format(value);

export const list = (items: string[]): string => lists.format(items);

/** `plural(3, { one: 'run', other: 'runs' })` is "3 runs". */
export function plural(count: number, forms: { one: string; other: string }): string {
  return `${number(count)} ${plurals.select(count) === 'one' ? forms.one : forms.other}`;
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Binary units, as the API takes them: 1536 is "1.5 KiB". */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const text = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: digits }).format(value);
  return `${text} ${BYTE_UNITS[unit]}`;
}

/** The date and the time, in the person's own time zone. */
export const moment = (at: string | Date): string => moments.format(new Date(at));

export const day = (at: string | Date): string => days.format(new Date(at));

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 min. ago", "in 2 days". Below a minute there are no seconds: a clock that ticks draws the eye. */
export function ago(at: string | Date, now: Date): string {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000;
  for (const [unit, length] of STEPS) {
    const count = seconds / length;
    // What lasts seven days ends "in 7 days", also a moment later.
    if (Math.abs(seconds) >= length) return relative.format(seconds > 0 ? Math.round(count) : Math.trunc(count), unit);
  }
  return seconds > 5 ? 'in less than a minute' : 'just now';
}

/** How long something took: "4.2 s", "3 min 12 s", "2 h 5 min". */
export function lasted(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`;
}
