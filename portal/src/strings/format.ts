// Numbers, lengths and times as people say them. The rules of the language come from Intl, but not those that the first
// page needs: whichever is the first of Intl's formatters looks through all languages of the browser, which takes a
// sixth of the processor time of a first load. So these are written out here, and the others made when first asked for.

const LOCALE = 'en-GB';

function later<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const numbers = later(() => new Intl.NumberFormat(LOCALE));
const lists = later(() => new Intl.ListFormat(LOCALE, { type: 'conjunction' }));

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

export const number = (value: number): string =>
  Number.isSafeInteger(value) ? grouped(String(value)) : numbers().format(value);

export const list = (items: string[]): string => lists().format(items);

/** `plural(3, { one: 'run', other: 'runs' })` is "3 runs". */
export function plural(count: number, forms: { one: string; other: string }): string {
  return `${number(count)} ${count === 1 ? forms.one : forms.other}`;
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

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov', 'Dec'];

const twoDigits = (count: number): string => String(count).padStart(2, '0');

/** "3 Sept 2026", in the person's own time zone. */
export function day(at: string | Date): string {
  const date = new Date(at);
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** The date and the time: "3 Sept 2026, 09:05:00". */
export function moment(at: string | Date): string {
  const date = new Date(at);
  return `${day(date)}, ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')}`;
}

interface Unit {
  seconds: number;
  name: string;
  last: string;
  next: string;
}

const UNITS: Unit[] = [
  { seconds: 31_557_600, name: 'yr', last: 'last yr', next: 'next yr' },
  { seconds: 2_629_800, name: 'mo', last: 'last mo', next: 'next mo' },
  { seconds: 604_800, name: 'wk', last: 'last wk', next: 'next wk' },
  { seconds: 86_400, name: 'days', last: 'yesterday', next: 'tomorrow' },
  { seconds: 3_600, name: 'hr', last: '1 hr ago', next: 'in 1 hr' },
  { seconds: 60, name: 'min', last: '1 min ago', next: 'in 1 min' },
];

/** "3 min ago", "in 2 days". Below a minute there are no seconds: a clock that ticks draws the eye. */
export function ago(at: string | Date, now: Date): string {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000;
  const unit = UNITS.find((one) => Math.abs(seconds) >= one.seconds);
  if (!unit) return seconds > 5 ? 'in less than a minute' : 'just now';
  const count = Math.abs(seconds) / unit.seconds;
  // What lasts seven days ends "in 7 days", also a moment later.
  const whole = seconds > 0 ? Math.round(count) : Math.trunc(count);
  if (whole === 1) return seconds > 0 ? unit.next : unit.last;
  return seconds > 0 ? `in ${number(whole)} ${unit.name}` : `${number(whole)} ${unit.name} ago`;
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
