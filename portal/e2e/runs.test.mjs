// The list of runs: live, filtered by the address, calm, and long.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorld, until } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

const HOSTILE = '<img src=x onerror=alert(1)>‮gpj.exe​';

test('nothing yet: the list says what to do', async () => {
  const page = await world.page({ path: 'runs' });
  await page.getByText('No runs yet').waitFor();
  await world.check(page);
  await page.context().close();
});

test('rows change in place; the address says what is shown; names are only text', async () => {
  const page = await world.page({ path: 'runs' });
  const slow = await world.submit({ name: 'slow', command: ['sleep', '600'] });
  const bad = await world.submit({ name: 'bad', command: ['false'] });
  const many = await world.submit({ name: 'many', command: ['true'], array: { count: 5 } });
  const odd = await world.submit({ name: HOSTILE, command: ['true'] }).catch(() => undefined);
  await page.getByRole('row', { name: /Failed bad/ }).waitFor();
  await page.getByRole('row', { name: /Running slow/ }).waitFor();
  await page.getByRole('row', { name: /Done many 5 of 5 done/ }).waitFor();
  if (odd) await page.getByText('<img src=x').waitFor();
  assert.equal(await page.locator('img[src=x]').count(), 0);
  await world.check(page);
  await world.picture(page, 'runs');

  await page.getByLabel('Show').selectOption('outcome:failed');
  await page.waitForURL(/runs\?outcome=failed$/);
  await until(async () => (await page.getByRole('row').count()) === 2, 'the head and one run');
  await page.keyboard.press('Escape');
  await page.getByLabel('Show').selectOption('');
  await page.getByRole('row', { name: /slow/ }).waitFor();
  await page.getByRole('heading', { name: 'Runs' }).focus();
  await page.keyboard.press('/');
  await page.keyboard.type('MAN');
  await page.waitForURL(/runs\?name_contains=MAN$/);
  await until(async () => (await page.getByRole('row').count()) === 2, 'only the one with that in its name');
  await page.goto(world.at('runs?name_contains=nobody'));
  await page.getByText('No run is like this').waitFor();
  await page.goBack();

  await page.goto(world.at('runs?state=running'));
  await page.getByRole('button', { name: 'Cancel slow' }).click();
  await page.getByRole('button', { name: 'Cancel the run' }).click();
  // It does not vanish from under the pointer when it no longer fits the filter.
  await page.getByRole('row', { name: /Cancelled slow/ }).waitFor();
  await world.ended(slow.id);
  await page.goto(world.at('runs'));
  await page.getByRole('button', { name: 'Run again what failed in bad' }).click();
  await until(async () => (await world.run(bad.id)).attempts.length === 2, 'it is tried again');
  await world.ended(many.id);
  await page.context().close();
});

test('an answer that was read before something happened does not undo it', async () => {
  const run = await world.submit({ name: 'late', command: ['sleep', '600'] });
  await until(async () => (await world.run(run.id)).state === 'running', 'it runs');
  const page = await world.page();
  // What the page hears, this hears too: when it has, the page has.
  await page.evaluate(
    (id) =>
      new Promise((opened) => {
        const stream = new EventSource('/api/v1/events');
        stream.onopen = () => opened();
        globalThis.heard = new Promise((heard) => {
          stream.onmessage = ({ data }) => {
            const event = JSON.parse(data);
            if (event.run !== id || event.kind !== 'state' || event.state !== 'ended') return;
            stream.close();
            // The page hands events on together.
            setTimeout(heard, 500);
          };
        });
      }),
    run.id,
  );
  let tellRead;
  let release;
  const read = new Promise((resolve) => {
    tellRead = resolve;
  });
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(/\/api\/v1\/runs\?/, async (route) => {
    const response = await route.fetch();
    tellRead();
    await released;
    await route.fulfill({ response });
  });
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Runs' }).click();
  await read;
  await world.gateway.ask('POST', `runs/${run.id}/cancel`);
  await world.ended(run.id);
  await page.evaluate(() => globalThis.heard);
  release();
  await page.getByRole('row', { name: /Cancelled late/ }).waitFor();
  await page.context().close();
});

test('nothing jumps: new runs are announced while somebody points at the list', async () => {
  const page = await world.page({ path: 'runs' });
  const first = page.getByRole('row').nth(1);
  await first.hover();
  const before = await first.innerText();
  for (const name of ['new-1', 'new-2', 'new-3']) await world.submit({ name, command: ['true'] });
  const news = page.getByRole('button', { name: '3 new runs' });
  await news.waitFor();
  assert.equal(
    (await first.innerText()).split('\n')[1],
    before.split('\n')[1],
    'the row under the pointer is the same',
  );
  await world.check(page);
  await news.click();
  await page.getByRole('row', { name: /new-3/ }).waitFor();
  await page.context().close();
});

test('ten thousand runs: pages come as one scrolls, only what is seen exists, the keyboard goes through', async () => {
  const model = await world.ended((await world.submit({ name: 'model', command: ['true'] })).id);
  await world.gateway.stop();
  const script = fileURLToPath(new URL('many-runs.py', import.meta.url));
  execFileSync('python3', [script, world.gateway.database(), model.id, '10000']);
  await world.gateway.start();
  const page = await world.page({ path: 'runs' });
  await page.getByRole('row', { name: /Done model/ }).waitFor();
  await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.textContent === 'model');
  for (const key of ['j', 'j', 'k']) await page.keyboard.press(key);
  await page.waitForFunction(() => document.activeElement?.closest('[data-index]')?.getAttribute('data-index') === '1');
  await until(async () => {
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    return (await page.getByText(/^10,0\d\d runs\. That is all\.$/).count()) === 1;
  }, 'the end of the list');
  await page.getByRole('link', { name: 'observation-1', exact: true }).waitFor();
  const rows = await page.getByRole('row').count();
  assert.ok(rows < 100, `${rows} rows exist`);
  await world.check(page);

  // A part of a name that only the oldest have.
  await page.keyboard.press('/');
  await page.keyboard.type('VATION-77');
  await page.waitForURL(/name_contains=VATION-77$/);
  await page.getByText('111 runs. That is all.').waitFor();
  await page.getByRole('link', { name: 'observation-7799', exact: true }).waitFor();
  await world.check(page);
  await world.picture(page, 'runs-found');
  await page.context().close();
});
