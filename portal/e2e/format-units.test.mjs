// What is written out for the first page says what the rules of the language say.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

let format;
before(async () => {
  const entry = fileURLToPath(new URL('../src/strings/format.ts', import.meta.url));
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: entry, write: false, target: 'es2022', minify: false },
  });
  format = await import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`);
});

test('numbers', () => {
  const numbers = new Intl.NumberFormat('en-GB');
  for (const value of [0, 7, 999, 1000, 12_345, 1_234_567, 9_007_199_254_740_991, -4, -1234, 0.5, 1234.5678, 1e21]) {
    assert.equal(format.number(value), numbers.format(value));
  }
  const runs = { one: 'run', other: 'runs' };
  assert.deepEqual(
    [0, 1, 2, 1000].map((count) => format.plural(count, runs)),
    ['0 runs', '1 run', '2 runs', '1,000 runs'],
  );
});

test('moments', () => {
  const moments = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
  const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
  for (let month = 0; month < 12; month++) {
    const at = new Date(2026, month, 3 + 2 * month, (5 * month) % 24, 5 * month, month);
    assert.equal(format.moment(at), moments.format(at));
    assert.equal(format.day(at.toISOString()), days.format(at));
  }
});

test('times from now', () => {
  const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto', style: 'short' });
  const now = new Date('2026-06-15T12:00:00Z');
  const ago = (seconds) => format.ago(new Date(now.getTime() - seconds * 1000), now);
  const units = { minute: 60, hour: 3_600, day: 86_400, week: 604_800, month: 2_629_800, year: 31_557_600 };
  for (const [unit, seconds] of Object.entries(units)) {
    for (const count of unit === 'year' ? [1, 2, 1500] : [1, 2, 3]) {
      assert.equal(ago(count * seconds), relative.format(-count, unit));
      assert.equal(ago(-count * seconds), relative.format(count, unit));
    }
  }
  assert.deepEqual([0, 59, -5, -59].map(ago), ['just now', 'just now', 'just now', 'in less than a minute']);
  assert.equal(ago(-(7 * 86_400 - 1)), 'in 7 days');
});
