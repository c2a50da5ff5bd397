// Account: tokens that are shown once, sessions that can be ended.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

const withToken = (secret) =>
  fetch(world.at('api/v1/me'), { headers: { authorization: `Bearer ${secret}` } }).then((answer) => answer.status);

test('a token is made with a scope and an end, shown once, works, and is revoked', async () => {
  const page = await world.page({ path: 'account' });
  await page.getByRole('button', { name: 'Make a token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make a token' });
  await dialog.getByLabel('Name').fill('notebook on the cluster');
  await dialog.getByRole('radio', { name: 'Run' }).check();
  await dialog.getByLabel('How long it works').selectOption('7');
  await world.check(page);
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const secret = await page.getByTestId('secret').innerText();
  assert.ok(secret.length > 20);
  await world.check(page);
  await world.picture(page, 'account-token');
  assert.equal(await withToken(secret), 200);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('cell', { name: 'notebook on the cluster', exact: true }).waitFor();
  assert.ok(!(await page.content()).includes(secret), 'it is nowhere any more');

  const { items } = await world.gateway.ask('GET', 'tokens');
  const made = items.find((token) => token.name === 'notebook on the cluster');
  assert.deepEqual(made.scopes, ['run']);
  const days = (new Date(made.expires_at).getTime() - Date.now()) / 86_400_000;
  assert.ok(days > 6.9 && days < 7.1, `${days} days`);

  await page.getByRole('button', { name: 'Revoke the token notebook on the cluster' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('cell', { name: 'notebook on the cluster', exact: true }).waitFor({ state: 'hidden' });
  assert.equal(await withToken(secret), 401);
  await page.getByRole('button', { name: /no longer work/ }).click();
  await page.getByText('Revoked').waitFor();
  await world.check(page);
  await world.picture(page, 'account');
  await page.context().close();
});

test('another session is ended from here, and this one stays', async () => {
  const page = await world.page({ path: 'account' });
  const other = await world.page();
  await page.reload();
  await page.getByText('This one').waitFor();
  const ends = page.getByRole('button', { name: /End the session/ });
  assert.ok((await ends.count()) >= 2);
  const row = page.getByRole('row').filter({ has: ends }).filter({ hasNotText: 'This one' });
  const before = await row.count();
  await row.first().getByRole('button').click();
  await page.waitForFunction(
    (count) =>
      [...document.querySelectorAll('tr button')].filter((one) => /End the/.test(one.ariaLabel ?? '')).length < count,
    before + 1,
  );
  await other.reload();
  await other.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.reload();
  await page.getByText('This one').waitFor();
  await world.check(page);
  await page.context().close();
  await other.context().close();
});
