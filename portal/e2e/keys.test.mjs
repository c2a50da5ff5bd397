// Account: public SSH keys that one adds and removes, and those that a login service tells.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Provider, signedIn, TITLE } from './provider.mjs';

let directory;
let provider;
let world;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'portal-keys-'));
  provider = await Provider.start();
  world = await provider.openWorld();
});
after(async () => {
  await world?.close();
  provider?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The two halves of a new pair, and the fingerprint that everybody shows for it. */
function pair(name, ...options) {
  const file = join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', name, '-f', file, ...options]);
  const [, fingerprint] = execFileSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).split(' ');
  const read = (path) => readFileSync(path, 'utf8');
  return { line: read(`${file}.pub`), secret: read(file), fingerprint };
}

test('a key is added by pasting its public half, told what is wrong in place, and removed', async () => {
  const page = await world.page({ path: 'account' });
  await page.getByText('ssh-keygen -t ed25519').waitFor();
  await world.check(page);
  await world.picture(page, 'account-no-keys');
  const sent = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));

  await page.getByRole('button', { name: 'Add a key' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a public key' });
  const key = dialog.getByLabel('Public key');
  const laptop = pair('ada@laptop', '-ted25519');
  await key.fill(laptop.secret);
  await dialog.getByText(/was a private key.*It was not sent/).waitFor();
  assert.equal(await key.inputValue(), '', 'nor does it stay in the page');
  assert.ok(!sent.some((body) => body.includes('PRIVATE')));
  await key.fill(pair('old', '-trsa', '-b1024').line);
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await dialog.getByText(/is an RSA key of 1024 bits.*ssh-keygen -t ed25519/).waitFor();
  world.forgive(page, /status of 422/);
  await world.check(page);
  await world.picture(page, 'account-key-refused');
  await key.fill(laptop.line);
  await dialog.getByText(/RSA key/).waitFor({ state: 'hidden' });
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('cell', { name: laptop.fingerprint }).waitFor();

  // The same once more: there is nothing wrong with the text, so it is said as what it is.
  await page.getByRole('button', { name: 'Add a key' }).click();
  await key.fill(laptop.line);
  await dialog.getByLabel('Name').fill('again');
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await dialog.getByText('You have this key already, under the name `ada@laptop`.').waitFor();
  world.forgive(page, /status of 409/);
  await key.fill(pair('other', '-tecdsa').line);
  await dialog.getByLabel('Name').fill('ada@laptop');
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await dialog.getByText('The name is that of another key of yours.').waitFor();
  world.forgive(page, /status of 422/);
  await dialog.getByLabel('Name').fill('The desk at the observatory');
  await dialog.getByRole('button', { name: 'Add it' }).click();
  await page.getByRole('cell', { name: 'The desk at the observatory', exact: true }).waitFor();
  await world.check(page);
  await world.picture(page, 'account-keys');

  await page.getByRole('button', { name: 'Remove the key ada@laptop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('cell', { name: 'ada@laptop', exact: true }).waitFor({ state: 'hidden' });
  const { items } = await world.gateway.ask('GET', 'keys');
  assert.deepEqual(
    items.map((one) => one.name),
    ['The desk at the observatory'],
  );
  await page.context().close();
});

test('a key that a login service tells is shown as its own, and is not removed here', async () => {
  const told = pair('alice@home', '-ted25519');
  await provider.door('person', { name: 'alice', changes: JSON.stringify({ ssh_public_key: [told.line] }) });
  const page = await signedIn(world, 'Alice Astronomer', { path: 'account' });
  await page.goto(world.at('account'));
  const row = page.getByRole('row').filter({ hasText: told.fingerprint });
  await row.getByText(TITLE).waitFor();
  assert.equal(await row.getByRole('button').count(), 0);
  await page.getByText('Remove such a key from your profile there').waitFor();
  await world.check(page);
  await world.picture(page, 'account-keys-told');
  await page.context().close();
});
