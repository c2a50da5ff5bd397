// The page of one run, on runs that really happened.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorld, until } from './harness.mjs';

const MAKER = readFileSync(fileURLToPath(new URL('run-maker.py', import.meta.url)), 'utf8');

let world;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

const make = (parts, more = {}) =>
  world.submit({ command: ['python3', '-c', MAKER, ...parts], outputs: [{ path: '**' }], ...more });
const rows = (page) => page.getByRole('region', { name: /^Log,/ }).locator('[class*=row]');
const logOf = (page) => page.getByRole('region', { name: /^Log,/ });

test('a run that goes well: its parts, its provenance, what one can do with it', async () => {
  const run = await make(['good', 'log'], { name: 'makes-everything', env: { FILTER: 'r' } });
  await world.ended(run.id);
  const page = await world.page({ path: `runs/${run.id}` });
  await page.getByRole('heading', { level: 1, name: 'makes-everything' }).waitFor();
  await page.getByRole('tab', { name: 'Outputs', selected: true }).waitFor();
  await world.check(page);

  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByText('Attempt 1 at local').waitFor();
  await page.getByText('chosen').waitFor();
  await page.getByRole('switch', { name: 'Details' }).click();
  await page.getByText('Confirmed gone:').first().waitFor();
  await world.check(page);
  await world.picture(page, 'run-timeline');

  await page.getByRole('tab', { name: 'Provenance' }).click();
  await page.getByText('Everything that was created is confirmed gone.').waitFor();
  await page.getByText('FILTER=r').waitFor();
  await page.getByText('exit code 0').waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Research object (RO-Crate)' }).click();
  assert.match((await saved).suggestedFilename(), /\.zip$/);
  await world.check(page);
  await world.picture(page, 'run-provenance');

  // The tab is in the address: a link shows the same.
  await page.reload();
  await page.getByRole('tab', { name: 'Provenance', selected: true }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'New run from this' }).getAttribute('href'), `/new?from=${run.id}`);

  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Delete run' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete run' }).click();
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  await page.goto(world.at(`runs/${run.id}`));
  await page.getByText('There is no such thing').first().waitFor();
  world.forgive(page, /404/);
});

test('previews of what a run made', async () => {
  const run = await make(['good']);
  await world.ended(run.id);
  const page = await world.page({ path: `runs/${run.id}?tab=outputs` });
  const open = (name) => page.getByRole('button', { name, exact: true }).click();

  await open('cube.fits');
  const image = page.getByRole('img', { name: /cube\.fits, 160 × 120/ });
  await image.waitFor();
  const brightest = () =>
    page.getByRole('img', { name: /cube\.fits/ }).evaluate((canvas) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      let [sum, weight] = [0, 0];
      for (let i = 0; i < width * height; i++) if (data[i * 4] > 250) [sum, weight] = [sum + (i % width), weight + 1];
      return weight === 0 ? -1 : Math.round(sum / weight);
    });
  assert.equal(await until(async () => (await brightest()) > 0 && brightest(), 'the first plane is drawn'), 40);
  await page.getByRole('slider', { name: /Plane/ }).focus();
  await page.keyboard.press('End');
  await until(async () => (await brightest()) === 100, 'the last plane is drawn');
  await world.check(page);
  await world.picture(page, 'run-fits');
  await page.getByRole('button', { name: 'Header (10)' }).click();
  await page.getByText('mJy/beam', { exact: true }).waitFor();
  await page.getByRole('button', { name: /PRIMARY/ }).click();
  await page.getByText('<script>alert(1)</script>').waitFor();
  await page.getByRole('button', { name: /SOURCES/ }).click();
  await page.getByText('The first 200 of 300 rows, 5 columns.').waitFor();
  await page.getByRole('columnheader', { name: '<script>' }).waitFor();
  const third = page.getByRole('row').filter({ hasText: 'J0002' }).getByRole('cell');
  assert.deepEqual(await third.allInnerTexts(), ['J0002', '0.2857142857142857', '', '-2', 'T']);
  await world.check(page);
  await world.picture(page, 'run-fits-table');
  await page.getByRole('button', { name: /PACKED/ }).click();
  await page.getByText('An image of 2,048 × 1,024 pixels, kept compressed (PLIO_1)').waitFor();
  await page.getByRole('button', { name: /SQUEEZED/ }).click();
  await page.getByRole('img', { name: /cube\.fits, 80 × 60/ }).waitFor();
  assert.equal(await until(async () => (await brightest()) > 0 && brightest(), 'it is unpacked and drawn'), 40);
  await world.picture(page, 'run-fits-packed');

  await open('sources.csv');
  await page.getByText('20,000 rows, 5 columns.').waitFor();
  await page.getByRole('columnheader', { name: 'flux' }).waitFor();
  await page.getByRole('region', { name: 'Content of the file' }).evaluate((field) => {
    field.scrollTop = field.scrollHeight;
  });
  await page.getByRole('cell', { name: 'J19999' }).waitFor();
  assert.ok((await page.getByRole('row').count()) < 80, 'only what is seen is there');
  await world.check(page);
  await world.picture(page, 'run-csv');

  await open('plots/flux.png');
  const picture = page.getByRole('img', { name: 'plots/flux.png' });
  await until(async () => (await picture.evaluate((img) => img.naturalWidth)) === 320, 'the image is shown');
  await page.getByText('320 × 200 pixels').waitFor();

  await open('result.json');
  await page.getByText('12345678901234567890').waitFor();
  await world.check(page);

  await open('notes.txt');
  await page.getByText('line 0 of the notes').waitFor();
  await page.getByRole('region', { name: 'Content of the file' }).press('End');
  await page.getByText('line 4999 of the notes').waitFor();
  await world.check(page);
});

test('a log that is being written: followed, left alone, searched, across a restart', async () => {
  const run = await world.submit({
    name: 'writes-a-log',
    command: [
      'sh',
      '-c',
      'i=0; while [ ! -e stop ]; do i=$((i+1)); echo "line $i"; [ $i = 400 ] && echo "ValueError: bad pixel"; if [ $i -gt 600 ]; then sleep 0.2; fi; done',
    ],
  });
  const page = await world.page({ path: `runs/${run.id}?tab=log` });
  await page.getByText('Following what is written').waitFor();
  const last = async () => Number(/line (\d+)\s*$/.exec(await logOf(page).innerText())?.[1] ?? 0);
  const seen = await until(async () => (await last()) > 605 && last(), 'the end is shown');
  await until(async () => (await last()) > seen, 'it follows');

  await logOf(page).hover();
  await page.mouse.wheel(0, -2000);
  await page.getByText('More may be written').waitFor();
  const first = async () => rows(page).first().innerText();
  const there = await first();
  const size = async () => page.getByText(/% of/).innerText();
  const before = await size();
  await until(
    async () => (await size()) !== before || (await world.gateway.ask('GET', `runs/${run.id}`)).outcome,
    'it grows',
  );
  assert.equal(await first(), there, 'nothing jumps');

  await page.getByRole('button', { name: 'Jump to error' }).click();
  await page.getByText('1 of 1').waitFor();
  await page.getByText('ValueError: bad pixel').waitFor();
  await page.keyboard.press('/');
  await page.getByRole('searchbox', { name: 'Search in the log' }).fill('LINE 1');
  await page.keyboard.press('Enter');
  await page.getByText(/^1 of \d+/).waitFor();
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await page.getByText(/^2 of \d+/).waitFor();
  await world.check(page);
  await world.picture(page, 'run-log');

  await page.getByRole('button', { name: 'Follow', exact: true }).click();
  const told = await until(async () => (await last()) > 605 && last(), 'the end again');
  await world.gateway.stop('SIGKILL');
  await world.gateway.start();
  await until(async () => (await last()) > told + 5, 'it goes on after the restart', 90);
  world.forgive(page, /Failed to load|ERR_/);
  const text = await logOf(page).innerText();
  const numbers = [...text.matchAll(/line (\d+)/g)].map((found) => Number(found[1]));
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => numbers[0] + i),
    'no line is lost, none comes twice',
  );

  await page.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel run' }).click();
  await page.getByText('Cancelled').first().waitFor();
  await world.ended(run.id);
});

test('an array that fails: all elements at once, grouped by cause, one after the other', async () => {
  const run = await world.submit({
    name: 'an-array',
    command: [
      'sh',
      '-c',
      'echo "element $RS_INDEX"; case $RS_INDEX in *7) exit 3;; *3) exit 0;; esac; echo x > out.txt',
    ],
    array: { count: 120 },
    outputs: [{ path: 'out.txt' }],
    retries: 0,
  });
  const page = await world.page({ path: `runs/${run.id}` });
  await page.getByRole('tab', { name: 'Elements (120)', selected: true }).waitFor();
  await world.ended(run.id);
  const legend = page.getByRole('list', { name: 'States' });
  await until(
    async () => /Done\s*96/.test(await legend.innerText()) && /Failed\s*24/.test(await legend.innerText()),
    'counts are right',
  );
  await page.getByText('12 elements').first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Show in the grid' }).count(), 2);
  await page.getByRole('button', { name: 'Show in the grid' }).first().click();
  await world.check(page);
  await world.picture(page, 'run-array');

  // With keys alone: to the seventh element, and into it.
  const grid = page.getByRole('slider', { name: 'Elements' });
  await grid.focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 7; i++) await page.keyboard.press('ArrowRight');
  assert.equal(await grid.getAttribute('aria-valuetext'), 'Element 7: failed');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: '#7' });
  await drawer.getByText('element 7').first().waitFor();
  assert.match(page.url(), /element=7/);
  await world.check(page);
  await world.picture(page, 'run-element');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });

  await page.getByText('Table', { exact: true }).click();
  await page.getByRole('button', { name: /Failed\s*24/ }).click();
  await page.getByRole('button', { name: '#7', exact: true }).first().waitFor();
  await until(async () => (await page.getByRole('row').count()) === 25, 'the table has those that failed');
  await world.check(page);

  await page.goto(world.at(`runs/${run.id}/elements/13`));
  await page.getByRole('dialog', { name: '#13' }).getByText('element 13').first().waitFor();
  await page.keyboard.press('Escape');

  // One cause alone: what failed for the other is left as it is.
  await page.getByText('Grid', { exact: true }).click();
  await page.getByRole('button', { name: 'Retry these 12' }).first().click();
  const triesOf = async (index) => (await world.gateway.ask('GET', `runs/${run.id}/elements/${index}`)).tries;
  await until(async () => (await world.run(run.id)).attempts.length === 2, 'these are executed again');
  await world.ended(run.id);
  const tries = [await triesOf(3), await triesOf(113), await triesOf(7), await triesOf(117)];
  assert.ok([`1,1,2,2`, `2,2,1,1`].includes(tries.join()), `tries: ${tries}`);
  await page.getByRole('button', { name: 'Retry 24 failed' }).click();
  await until(async () => (await world.run(run.id)).attempts.length === 3, 'they are executed again');
  await world.ended(run.id);
});

test('a run that failed says why, and where to read more', async () => {
  const run = await world.submit({
    command: [
      'sh',
      '-c',
      'echo begun; echo "Traceback (most recent call last):" >&2; echo "ValueError: no such source" >&2; exit 3',
    ],
  });
  await world.ended(run.id);
  const page = await world.page({ path: `runs/${run.id}` });
  await page.getByRole('tab', { name: 'Log', selected: true }).waitFor();
  await page.getByText('The command ended with an error').waitFor();
  await logOf(page).getByText('ValueError: no such source').waitFor();
  assert.match(
    await page.getByRole('link', { name: 'About RS-5002' }).getAttribute('href'),
    /\/docs\/errors\/RS-5002$/,
  );
  await world.check(page);
  await world.picture(page, 'run-failed');
  await page.getByRole('button', { name: 'Execute again' }).click();
  await until(async () => (await world.gateway.ask('GET', `runs/${run.id}`)).attempts.length === 2, 'a second attempt');
  await page.getByRole('tab', { name: 'Timeline' }).click();
  await page.getByRole('heading', { name: /Attempt 2/ }).waitFor();
  await world.ended(run.id);
});

test('hostile names, logs and outputs do nothing', async () => {
  const run = await make(['hostile', 'log'], {
    name: `<script>window.harmed=1</script>${'long'.repeat(20)}`,
    env: { HARM: '<img src=x onerror="window.harmed=true">' },
  });
  await world.ended(run.id);
  const page = await world.page({ width: 400, path: `runs/${run.id}?tab=outputs` });
  const names = [
    'page.html',
    'drawing.svg',
    'fake.png',
    'bomb.png',
    'broken.json',
    'broken.fits',
    'cells.csv',
    'reversed.txt',
  ];
  for (const name of [...names, '<img src=x onerror=window.harmed=true>.txt']) {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('heading', { level: 2, name }).waitFor();
    await page.getByText('Loading…').waitFor({ state: 'hidden' });
  }
  await page.getByRole('button', { name: 'fake.png', exact: true }).click();
  await page.getByText('This is not a PNG or JPEG image').waitFor();
  await page.getByRole('button', { name: 'bomb.png', exact: true }).click();
  await page.getByText('60,000 × 60,000 pixels are more than').waitFor();
  await page.getByRole('button', { name: 'broken.json', exact: true }).click();
  await page.getByText('This is not JSON').waitFor();
  await page.getByRole('button', { name: 'broken.fits', exact: true }).click();
  await page.getByText('This is not a FITS file').waitFor();
  await page.getByRole('button', { name: 'reversed.txt', exact: true }).click();
  await page.getByText('⟨202E⟩').waitFor();
  await world.check(page);
  await world.picture(page, 'run-hostile');

  await page.getByRole('tab', { name: 'Log' }).click();
  await page.getByText(/^Output( ·|$)/).click();
  await logOf(page).getByText('<script>window.harmed = true</script>').waitFor();
  await logOf(page).getByText('⟨BEL⟩').waitFor();
  await logOf(page).press('End');
  await logOf(page).getByText('not text:').waitFor();
  await logOf(page)
    .getByRole('button', { name: /Show .* more/ })
    .click();
  await world.check(page);
  await world.picture(page, 'run-hostile-log');
  for (const tab of ['Timeline', 'Provenance']) {
    await page.getByRole('tab', { name: tab }).click();
    await page.getByRole('tab', { name: tab, selected: true }).waitFor();
    await world.check(page);
  }
  assert.equal(await page.evaluate(() => window.harmed), undefined);
});

test('a log of a gibibyte is opened, read at both ends and in the middle', async () => {
  const run = await world.submit({
    name: 'a-gibibyte',
    command: [
      'sh',
      '-c',
      'echo the first line; yes "a line of a very long log that says the same again and again" | head -c 1000000000; echo; echo the last line',
    ],
    resources: { cores: 1, memory: '64MiB', disk: '10MiB', walltime: '5m' },
  });
  await world.ended(run.id);
  const page = await world.page({ path: `runs/${run.id}?tab=log` });
  await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => task.duration))).observe(
      { type: 'longtask' },
    );
  });
  await logOf(page).getByText('the first line').waitFor();
  await logOf(page).press('End');
  await logOf(page).getByText('the last line').waitFor();
  await logOf(page).hover();
  for (let i = 0; i < 30; i++) await page.mouse.wheel(0, -700);
  await until(async () => !(await page.getByText('the last line').isVisible()), 'it scrolls');
  assert.ok((await rows(page).count()) < 100, 'only what is seen is there');
  await logOf(page).press('Home');
  await logOf(page).getByText('the first line').waitFor();
  // The bar goes anywhere at once.
  const bar = await page.locator('[class*=bar]').last().boundingBox();
  await page.mouse.click(bar.x + bar.width / 2, bar.y + bar.height / 2);
  await page.getByText(/^(4|5)\d % of 95\d MiB/).waitFor();
  await logOf(page).getByText('a line of a very long log').first().waitFor();
  await world.picture(page, 'run-huge');
  const longest = Math.max(0, ...(await page.evaluate(() => window.longTasks)));
  // A busy computer takes its time; what this catches is work that grows with the log.
  assert.ok(longest < 1000, `the longest task took ${longest} ms`);
  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize);
  assert.ok(heap < 200e6, `the page holds ${heap} bytes`);
});
