// Behind a proxy, below a prefix: nothing is addressed from the root of the host.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openWorld } from './harness.mjs';

/** A port that was free a moment ago: the public address has to be known before the gateway starts. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const config = join(tmpdir(), `portal-prefix-${process.pid}.toml`);
let world;
before(async () => {
  const port = await freePort();
  writeFileSync(config, `listen = "127.0.0.1:${port}"\npublic_url = "http://127.0.0.1:${port}/far/roadstead"\n`);
  world = await openWorld(['--config', config], `127.0.0.1:${port}`);
});
after(async () => {
  await world?.close();
  rmSync(config, { force: true });
});

test('every page works below a prefix, also when it is loaded anew', async () => {
  const page = await world.page();
  assert.match(page.url(), /\/far\/roadstead\/$/);
  const run = await world.submit({ name: 'far-away', command: ['true'] });
  await page.getByRole('navigation').getByRole('link', { name: 'Runs' }).click();
  await page.waitForURL(/\/far\/roadstead\/runs$/);
  await page.getByRole('link', { name: 'far-away' }).click();
  await page.waitForURL(new RegExp(`/far/roadstead/runs/${run.id}$`));
  await page.reload();
  await page.getByRole('heading', { name: 'far-away' }).waitFor();
  for (const [path, title] of [
    ['new', 'New run'],
    ['sites', 'Sites'],
    ['account', 'Account'],
  ]) {
    await page.goto(world.at(path));
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  }
  await page.goto(world.at('nowhere/at/all'));
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  await world.check(page);
  await page.context().close();
});
