// Home: the tour on a first visit, what runs, what needs the person.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openWorld, until } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

test('the first hour: the demonstration for real, its outputs, its record, and a run of one’s own made from it', async () => {
  const page = await world.page();
  await page.getByRole('heading', { name: 'See it work' }).waitFor();
  await world.check(page);
  await world.picture(page, 'home-first');
  await page.getByRole('button', { name: 'Run the demonstration' }).click();
  await page.getByText('The check passed').waitFor();
  await page.getByText('18 of 18 galaxies found').waitFor();
  const drawn = await page.getByRole('img', { name: /Map of one field/ }).evaluate((image) => image.naturalWidth);
  assert.ok(drawn > 0, 'the map is a picture');

  const { items } = await world.gateway.ask('GET', 'runs');
  assert.deepEqual(items.map((run) => run.name).sort(), ['find', 'merge', 'simulate']);
  assert.ok(items.every((run) => run.outcome === 'done'));
  await page.reload();
  await page.getByText('The check passed').waitFor();
  await world.check(page);
  await world.picture(page, 'home-tour');

  await world.bless(page, 'home');
  const find = items.find((run) => run.name === 'find');
  await page.goto(world.at(`runs/${find.id}?tab=outputs&file=1/moment0-1.png`));
  const preview = page.getByRole('main').getByRole('img').first();
  await preview.waitFor();
  await until(() => preview.evaluate((image) => image.naturalWidth > 0), 'the output is a picture');
  await world.bless(page, 'run');
  await page.goto(world.at());

  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('heading', { name: 'Finished lately' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'See it work' }).count(), 0);
  await page.getByRole('link', { name: 'merge' }).click();
  await page.getByRole('heading', { name: /merge/ }).waitFor();
  await page.getByRole('tab', { name: 'Provenance' }).click();
  await page.getByText('Everything that was created is confirmed gone.').waitFor();
  const saving = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Research object (RO-Crate)' }).click();
  const crate = readFileSync(await (await saving).path());
  assert.equal(crate.subarray(0, 2).toString(), 'PK');
  assert.ok(crate.includes('ro-crate-metadata.json'));

  await page.getByRole('link', { name: 'New run from this' }).click();
  await page.getByText('Filled in from merge.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('merge-of-my-own');
  await page.getByText('Ready.').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'merge-of-my-own' }).waitFor();
  await page.getByRole('main').getByText('Done').first().waitFor();
  await world.check(page);
  const own = await world.gateway.ask('GET', 'runs?name=merge-of-my-own');
  assert.deepEqual([own.items.length, own.items[0].outcome], [1, 'done']);
  await page.context().close();
});

test('what runs and what needs the person appear by themselves, with a remedy', async () => {
  const page = await world.page();
  const failed = await world.submit({ name: 'broken-step', command: ['sh', '-c', 'echo no such file >&2; exit 3'] });
  const slow = await world.submit({ name: 'long-exposure', command: ['sleep', '600'] });
  const array = await world.submit({ name: 'calibrate', command: ['sleep', '600'], array: { count: 8 } });
  const need = page.getByRole('article', { name: 'broken-step' });
  await need.getByText(/RS-\d{4}/).waitFor();
  assert.match(await need.innerText(), /3/, 'the exit code is in the cause');
  await page.getByRole('link', { name: 'long-exposure' }).waitFor();
  await page.getByText('1 run needs you.').waitFor();
  await world.check(page);
  await world.picture(page, 'home');

  await need.getByRole('button', { name: /Run again/ }).click();
  await until(async () => (await world.run(failed.id)).attempts.length === 2, 'it is tried again');
  await world.ended(failed.id);
  await need.getByRole('button', { name: /aside/ }).click();
  await need.waitFor({ state: 'hidden' });
  await page.reload();
  await page.getByRole('link', { name: 'long-exposure' }).waitFor();
  assert.equal(await need.count(), 0, 'it stays set aside');
  for (const run of [slow, array]) await world.gateway.ask('POST', `runs/${run.id}/cancel`);
  await page.getByText('Nothing is running', { exact: true }).waitFor();
  await world.check(page);
  await page.context().close();
});

test('the keyboard alone leads everywhere, and says where', async () => {
  const page = await world.page();
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
  for (const [keys, title] of [
    ['g r', 'Runs'],
    ['g a', 'Account'],
    ['g s', 'Sites'],
    ['n', 'New run'],
    ['g h', 'Home'],
  ]) {
    for (const key of keys.split(' ')) await page.keyboard.press(key);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.waitForFunction((name) => document.title.startsWith(name), title);
    await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  }
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.waitFor();
  await world.check(page);
  await help.getByRole('switch', { name: /single-key/ }).press('Space');
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });
  await page.keyboard.press('n');
  await page.keyboard.press('?');
  assert.equal(await help.count(), 0, 'they are off');
  await page.context().close();
});
