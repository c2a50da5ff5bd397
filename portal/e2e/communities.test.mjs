// Communities and teams: runs in their name, what of their quotas is in use, and what administrators decide.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ASTRO, Provider, signedIn } from './provider.mjs';

let provider;
let world;

before(async () => {
  provider = await Provider.start();
  world = await provider.openWorld('[quotas]\nperson = { runs = 5 }\ncommunity = { cores = 8.0 }\n');
  const rules = [provider.rule({ manager_of: 'astro' }), provider.rule({ member_of: 'bio' }, ASTRO)];
  await world.gateway.ask('PUT', 'admin/mapping', { version: 0, table: { rules } });
});
after(async () => {
  await world?.close();
  provider?.close();
});

test('a run is started in the name of a community and shared with a team, and its manager sees the quota', async () => {
  const page = await signedIn(world, 'Alice Astronomer');
  // Whoever makes a team is not in it before they say so.
  const joined = await page.evaluate(async (api) => {
    const headers = { 'content-type': 'application/json' };
    const body = '{"name":"survey","community":"astro"}';
    const team = await fetch(`${api}/teams`, { method: 'POST', headers, body }).then((answer) => answer.json());
    const me = await fetch(`${api}/me`).then((answer) => answer.json());
    return (await fetch(`${api}/teams/${team.id}/members/${me.id}`, { method: 'PUT' })).status;
  }, world.at('api/v1'));
  assert.equal(joined, 204);
  await page.goto(world.at('new'));
  await page.getByLabel('Command line', { exact: true }).fill('sleep 600');
  const offered = (list) =>
    page.locator(`datalist#${list} option`).evaluateAll((options) => options.map((option) => option.value));
  await page.locator('datalist#new-run-teams option').first().waitFor({ state: 'attached' });
  assert.deepEqual((await offered('new-run-communities')).sort(), ['astro', 'bio']);
  assert.deepEqual(await offered('new-run-teams'), ['survey']);
  await page.getByLabel('Cores', { exact: true }).fill('0.1');
  await page.getByLabel('Memory', { exact: true }).fill('32MiB');
  await page.getByLabel('Community (VO)').fill('astro');
  await page.getByLabel('Share with a team').fill('survey');
  await page.getByText('Ready.').waitFor();
  await world.check(page);
  await world.picture(page, 'new-run-community');
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.waitForURL(/runs\/run-/);
  const id = /run-\w+/.exec(page.url())?.[0];
  const run = await world.run(id);
  assert.equal(run.community, 'astro');
  assert.match(run.team, /^team-/);

  await page.getByText('Running').first().waitFor();
  await page.goto(world.at('account'));
  const astro = page.getByRole('region', { name: 'astro' });
  await astro.getByText('1 member', { exact: true }).waitFor();
  await astro.getByRole('progressbar', { name: 'Cores: 0.1 of 8' }).waitFor();
  assert.equal(await page.getByRole('region', { name: 'bio' }).count(), 0, 'only of what one manages');
  await world.check(page);
  await world.picture(page, 'account-managed');
  await page.context().close();
});

test('administrators see quotas and decide for a person and a community', async () => {
  const page = await world.page({ path: 'admin/quotas' });
  const table = page.getByRole('table', { name: 'Quotas' });
  await page.getByText('5 runs, any number of cores and any number of accelerators').waitFor();
  const alice = table.getByRole('row').filter({ hasText: 'Alice Astronomer' });
  await alice.getByText('1 of 5').waitFor();
  await world.check(page);
  await world.picture(page, 'admin-quotas');
  await page.getByRole('button', { name: 'Change the quota of Alice Astronomer' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Quota of Alice Astronomer' });
  await dialog.getByLabel('Runs').fill('many');
  await dialog.getByText('A number, please.').waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Decide' }).isDisabled());
  await dialog.getByLabel('Runs').fill('9');
  await world.check(page);
  await world.picture(page, 'admin-quota');
  await dialog.getByLabel('Runs').press('Enter');
  await alice.getByText('1 of 9').waitFor();
  await alice.getByText('decided').waitFor();

  await page.getByRole('button', { name: 'Decide for a community' }).click();
  const other = page.getByRole('dialog', { name: 'Quota of a community' });
  await other.getByLabel('Name').fill('bio');
  await other.getByLabel('Cores').fill('2.5');
  await other.getByRole('button', { name: 'Decide' }).click();
  await table.getByRole('row').filter({ hasText: 'bio' }).getByText('0 of 2.5').waitFor();
  const { items } = await world.gateway.ask('GET', 'admin/quotas');
  assert.equal(items.find((one) => one.community === 'bio').decided.cores, 2.5);
  // As for all again.
  await page.getByRole('button', { name: 'Change the quota of Alice Astronomer' }).click();
  await dialog.getByLabel('Runs').fill('');
  await dialog.getByRole('button', { name: 'Decide' }).click();
  await alice.getByText('1 of 5').waitFor();
  await world.check(page);
  await page.context().close();
});
