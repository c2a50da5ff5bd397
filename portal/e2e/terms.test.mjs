// Terms of use that come before the first start, and quotas that runs wait for.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openWorld } from './harness.mjs';

const directory = mkdtempSync(join(tmpdir(), 'portal-terms-'));
const TEXT = '# Acceptable use\n\nUse it for research.\n\n- No <img src=x onerror=window.caught=1>\n- No mining';
let world;

before(async () => {
  writeFileSync(join(directory, 'terms.md'), TEXT);
  const configuration = join(directory, 'config.toml');
  writeFileSync(
    configuration,
    `terms = { version = "2026-1", file = "${join(directory, 'terms.md')}", title = "Acceptable use policy" }
[quotas]
person = { runs = 2, cores = 8.0 }
`,
  );
  world = await openWorld(['--config', configuration]);
});
after(async () => {
  await world?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('terms are read and accepted before anything starts, and everything else works before', async () => {
  const page = await world.page({ path: 'new' });
  await page.getByText('Before you start anything here, accept the terms of use.').waitFor();
  await page.getByLabel('Command line', { exact: true }).fill('sleep 600');
  const bar = page.getByRole('region', { name: 'Start' });
  await bar.getByText('Accept the terms of use first.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled());
  await world.check(page);
  await world.picture(page, 'new-run-terms');
  await page.goto(world.at('runs'));
  await page.getByRole('heading', { level: 1, name: 'Runs' }).waitFor();
  await assert.rejects(world.submit({ command: ['true'] }), /RS-2011/);

  await page.getByRole('link', { name: 'Read them' }).press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Acceptable use policy' }).waitFor();
  await page.getByRole('heading', { level: 2, name: 'Acceptable use' }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'onerror=window.caught' }).waitFor();
  assert.equal(await page.evaluate(() => window.caught), undefined);
  assert.equal(await page.getByText('Before you start anything').count(), 0, 'it is said once');
  await world.check(page);
  await world.picture(page, 'terms');
  await page.getByRole('button', { name: 'I accept them' }).press('Enter');
  await page.getByText('You accepted them').waitFor();
  assert.equal((await world.gateway.ask('GET', 'me')).owes_terms, false);
  await page.getByRole('link', { name: 'New run' }).last().click();
  await page.getByText('Ready.').waitFor();
  assert.equal(await page.getByText('Before you start anything').count(), 0);
  await world.check(page);
  await page.context().close();
});

test('what is in flight is shown against the quota, and what waits for it says so', async () => {
  await world.gateway.ask('POST', 'terms/2026-1/accept');
  const page = await world.page({ path: 'account' });
  await page.getByText('0 of 2').waitFor();
  for (const name of ['first', 'second']) await world.submit({ name, command: ['sleep', '600'] });
  const third = await world.submit({ name: 'third', command: ['sleep', '600'] });
  // By itself, as runs come in.
  await page.getByRole('progressbar', { name: 'Runs: 2 of 2' }).waitFor();
  await page.getByText('1 run waits for room.').waitFor();
  await page.getByText('0, not limited').waitFor();
  await world.check(page);
  await world.picture(page, 'account-quotas');
  await page.goto(world.at());
  await page.getByRole('heading', { name: 'Your quota' }).waitFor();
  await world.check(page);
  await world.picture(page, 'home-quota');
  await page.goto(world.at(`runs/${third.id}`));
  const main = page.getByRole('main');
  await main.getByText('Waiting for your quota').first().waitFor();
  const { waiting_for: waits } = await world.run(third.id);
  assert.ok(waits.remedy.length > 10);
  await main.getByText(waits.remedy).first().waitFor();
  await main.getByRole('link', { name: 'See your quota' }).waitFor();
  await world.check(page);
  await world.picture(page, 'run-quota');
  await page.context().close();
});
