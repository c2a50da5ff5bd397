// Signing in at a real OpenID provider, in a browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Provider } from './provider.mjs';

let provider;
let world;

before(async () => {
  provider = await Provider.start();
  world = await provider.openWorld();
  const rules = [provider.rule({ member_of: 'astro' })];
  await world.gateway.ask('PUT', 'admin/mapping', { version: 0, table: { rules } });
});
after(async () => {
  await world?.close();
  provider?.close();
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
