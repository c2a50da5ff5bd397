// Signing in at a real OpenID provider, in a browser.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openWorld } from './harness.mjs';

const testbed = fileURLToPath(new URL('../../testbed/oidc', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'portal-login-'));
let provider;
let world;

async function startProvider() {
  execFileSync(join(testbed, 'prepare'));
  const options = ['--flavour', 'egi', '--state', directory];
  provider = spawn(process.execPath, [join(testbed, 'server/main.js'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    provider.once('exit', () => reject(new Error('the provider ended')));
    provider.stdout.setEncoding('utf8').once('data', (line) => resolve(JSON.parse(line)));
  });
}

before(async () => {
  const { issuer, audience } = await startProvider();
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'gateway-secret', { mode: 0o600 });
  const configuration = join(directory, 'config.toml');
  const settings = {
    name: 'checkin',
    title: 'Check-in <of the test bed>',
    url: issuer,
    client_id: 'gateway',
    client_secret_file: secret,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const lists = [`scopes = ["profile", "email", "eduperson_entitlement"]`, `audiences = [${JSON.stringify(audience)}]`];
  writeFileSync(configuration, ['[[issuers]]', ...lines, ...lists, 'plain_http_on_loopback = true', ''].join('\n'));
  world = await openWorld(['--config', configuration]);
  const rule = {
    issuer: { exactly: issuer },
    claim: 'entitlements',
    group: { exactly: 'urn:mace:egi.eu:group:vo.testbed.eu:astro' },
    role: { exactly: 'member' },
    gives: { member_of: 'astro' },
  };
  await world.gateway.ask('PUT', 'admin/mapping', { version: 0, table: { rules: [rule] } });
});
after(async () => {
  await world?.close();
  provider?.kill();
  rmSync(directory, { recursive: true, force: true });
});

test('a stranger signs in at the provider and comes back to the page that was asked for', async () => {
  const page = await world.page({ link: null, path: 'account' });
  const way = page.getByRole('link', { name: 'Sign in with Check-in <of the test bed>' });
  await way.waitFor();
  world.forgive(page, /status of 401/);
  await world.check(page);
  await world.picture(page, 'sign-in');
  await way.click();
  await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
  await page.getByRole('button', { name: 'Alice Astronomer' }).click();
  await page.getByRole('heading', { name: 'Account', exact: true }).waitFor();
  assert.equal(new URL(page.url()).search, '', 'the code is gone from the address');
  await page.getByText('Alice Astronomer').first().waitFor();
  await page.getByText('Member, by the word of Check-in <of the test bed>').waitFor();
  await page.getByText('Why', { exact: true }).click();
  await page.getByText(/Rule 0 applies to .*:astro:role=member/).waitFor();
  // The provider has none.
  world.forgive(page, /favicon.ico/);
  const kept = await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage, ...sessionStorage }]));
  assert.ok(!/eyJ|rss_|rsl_/.test(kept), kept);
  await world.check(page);
  await world.picture(page, 'account-communities');
  await page.context().close();
});

test('who refuses is told so and can begin again', async () => {
  const page = await world.page({ link: null });
  await page.getByRole('link', { name: /Sign in with/ }).click();
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.getByRole('heading', { name: 'The sign-in was not completed' }).waitFor();
  world.forgive(page, /status of 40[13]/);
  await world.picture(page, 'sign-in-refused');
  await page.getByRole('link', { name: 'Back to the sign-in page' }).click();
  await page.getByRole('link', { name: /Sign in with/ }).waitFor();
  await page.context().close();
});
