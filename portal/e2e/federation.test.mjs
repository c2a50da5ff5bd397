// The pages about a federation's sites. The gateway and the browser are real; what the gateway would know of a federation is
// answered by the test itself (federation.mjs), since here is none that lets one in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerWith, federation, request } from './federation.mjs';
import { openWorld, until } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

const serviceNames = (page) => page.locator('tbody td[data-column="service"]').allInnerTexts();

test('one table says of each service what it has for me, and if not, why and what to do', async () => {
  const page = await world.page();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const made = federation();
  const asked = await answerWith(page, made);
  await page.goto(world.at('sites'));
  const row = (name) => page.getByRole('row').filter({ hasText: name });

  const sky = row('cloud.sky.example.org');
  await sky.getByText('Open', { exact: true }).waitFor();
  const said = await sky.innerText();
  await sky.getByRole('progressbar', { name: 'Machines: 12 of 20 left' }).waitFor();
  await sky.getByRole('progressbar', { name: 'Cores: 4 of 64 left' }).waitFor();
  for (const text of ['eiscat3d.eu', 'vo.radio.example', 'Yes', '12', 'Spain', 'in 2 days']) {
    assert.ok(said.includes(text), `${text} in ${said}`);
  }
  for (const [name, word] of [
    ['nord.example.org', 'Closed'],
    ['old.fjord.example.org', 'No answer'],
    ['slow.example.org', 'Looking…'],
    ['vo.fish.example, of which', 'Not yours'],
    ['LOST', 'No service'],
  ]) {
    await row(name).getByText(word, { exact: true }).first().waitFor();
  }
  await row('nord.example.org').getByText('Down now').waitFor();
  await world.check(page);
  await world.picture(page, 'federation');

  // The cause with its remedy is behind the word, and the request is copied whole.
  await row('nord.example.org')
    .getByRole('button', { name: /^Closed/ })
    .press('Enter');
  const help = page.getByRole('dialog');
  await help.getByText('the site wants vm_operator').waitFor();
  await help.getByText('Send the request below').waitFor();
  assert.equal(
    await help.getByRole('link', { name: 'Ask to be let in' }).getAttribute('href'),
    'https://aai.example.org/join?group=eiscat3d.eu',
  );
  await help.getByRole('button', { name: 'Copy the request' }).click();
  await help.getByText('Copied').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), request);
  await world.check(page);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /2 problems with what is published of NORD/ }).click();
  await page.getByRole('dialog').getByText('mapping values are not allowed').first().waitFor();
  await world.check(page);
  await page.keyboard.press('Escape');

  // First what is known at once; then, as something is still being looked at, with patience.
  await until(() => asked.length > 1, 'it asks again');
  assert.equal(asked[0], '', 'the first question waits for nothing');
  assert.equal(asked[1], '?wait=10');
  made.sites[3].standing[0] = { ...made.sites[3].standing[0], access: 'open', looking: false, projects: [] };
  await row('slow.example.org').getByText('No project', { exact: true }).waitFor();
});

test('the table is narrowed and ordered, and keeps it in its address', async () => {
  const page = await world.page();
  await answerWith(page, federation());
  await page.goto(world.at('sites'));
  await page.getByText('6 services').waitFor();
  await page.getByLabel('Community (VO)').selectOption('vo.radio.example');
  await page.getByText('1 of 6 services').waitFor();
  const sky = page.getByRole('row').filter({ hasText: 'cloud.sky.example.org' });
  assert.equal(
    await sky.locator('[data-column="public"]').innerText(),
    'No',
    'only the projects of the community count',
  );
  await page.getByLabel('Community (VO)').selectOption('');
  await page.getByLabel('Find').fill('norway');
  await page.getByText('2 of 6 services').waitFor();
  await page.reload();
  await page.getByText('2 of 6 services').waitFor();
  await page.getByLabel('Find').fill('nowhere');
  await page.getByText('No service is like this').waitFor();
  await world.check(page);
  await page.getByRole('button', { name: 'Show all' }).click();
  assert.deepEqual((await serviceNames(page))[0], 'fjord.example.org');
  await page.getByRole('button', { name: 'GPUs' }).click();
  await until(async () => (await serviceNames(page))[0] === 'cloud.sky.example.org', 'most GPUs first');
  assert.equal(await page.getByRole('columnheader', { name: 'GPUs' }).getAttribute('aria-sort'), 'descending');
  await page.getByRole('button', { name: 'Site', exact: true }).click();
  await page.getByRole('button', { name: 'Site', exact: true }).click();
  await until(async () => (await serviceNames(page))[0] === 'slow.example.org', 'names backwards');
  assert.match(page.url(), /by=site&way=down/);
  await page.setViewportSize({ width: 400, height: 800 });
  await page.getByLabel('Order by').selectOption('country');
  await until(async () => (await serviceNames(page))[0] === 'slow.example.org', 'Italy is the first of the countries');
  await world.check(page);
});

test('a page that waits for a slow site shows the others meanwhile', async () => {
  const page = await world.page();
  const made = federation();
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  made.beforeSites = (search) => (search === '' ? undefined : held);
  const asked = await answerWith(page, made);
  await page.goto(world.at('sites'));
  await until(() => asked.includes('?wait=10'), 'it waits');
  await page.getByText('1 service is still being asked.').waitFor();
  await page.getByRole('link', { name: 'SKY' }).waitFor();
  release();
});

test('a site page shows networks with their evidence, ways to an address, sizes, images and quotas', async () => {
  const page = await world.page();
  await answerWith(page, federation());
  await page.goto(world.at('sites'));
  await page.getByRole('link', { name: 'SKY' }).click();
  await page.getByRole('heading', { name: 'SKY', level: 1 }).waitFor();
  await page.getByText('Observatory Computing Centre').waitFor();
  await page.getByText('Replacing the switches').waitFor();
  const project = page.getByRole('tabpanel');
  await project.getByText('On the network mine, with a floating address of outside, through the router gate').waitFor();
  await project.getByText('Perhaps reached from outside').waitFor();
  await project.getByText('(public-net) are not known to be reachable').waitFor();
  await project.getByText('with the eyes of a person of the community').waitFor();
  const outside = project.getByRole('listitem').filter({ hasText: 'Public pool' });
  await outside.getByText('hidden, concluded from addresses that were seen').waitFor();
  const evidence = outside.getByText('seen in a floating address');
  assert.equal(await evidence.isVisible(), false, 'evidence is shown on demand');
  await outside.getByText('Why (2)').click();
  await evidence.waitFor();

  await project.getByText('2 × NVIDIA V100 (32 GiB, whole device)').waitFor();
  await project.getByText('from a volume').waitFor();
  const sizes = project.getByRole('region', { name: 'Sizes' });
  const names = () => sizes.locator('tbody th').allInnerTexts();
  await sizes.getByRole('button', { name: 'Cores' }).click();
  assert.deepEqual(await names(), ['large', 'gpu.a100', 'middle', 'tiny']);
  await sizes.getByRole('button', { name: 'Memory' }).click();
  await sizes.getByRole('button', { name: 'Memory' }).click();
  assert.deepEqual(await names(), ['tiny', 'middle', 'gpu.a100', 'large']);
  await sizes.getByRole('button', { name: 'Sources differ about gpu.a100' }).click();
  await page.getByRole('dialog').getByText('its name').waitFor();
  await world.check(page);
  await page.keyboard.press('Escape');

  const images = project.getByRole('region', { name: 'Images' });
  assert.equal(await images.getByText('Secret').count(), 0);
  await project.getByLabel('Also those that nobody is meant to start (3)').check();
  await images.getByText('Secret').waitFor();
  await images.getByText('There is a newer one').waitFor();
  await images.getByText('deactivated').waitFor();
  await project.getByText('2 of 2 used').waitFor();
  await project.getByText('64 GiB of 256 GiB used').waitFor();
  await project.getByText('4 used, no limit').waitFor();
  await page.getByText(/1 conflict/).click();
  await page.getByText('sky-1').waitFor();
  await world.check(page);
  await world.picture(page, 'site');

  await page.getByRole('tab', { name: /vo.radio.example/ }).click();
  await project.getByText('Some of it did not answer').waitFor();
  await project.getByText('Neutron did not answer within 2 s').waitFor();
  await project.getByText('No way is known.').waitFor();
  await page.setViewportSize({ width: 400, height: 800 });
  await world.check(page);
});

test('a site that does not let one in says so on its page, and one without a service says why', async () => {
  const page = await world.page();
  await answerWith(page, federation());
  await page.goto(world.at('sites/NORD'));
  await page.getByText('the site wants vm_operator').waitFor();
  await page.getByText('Send the request below').waitFor();
  await page.getByText('Old', { exact: true }).waitFor();
  await world.check(page);
  await world.picture(page, 'site-closed');
  await page.goto(world.at('sites/LOST'));
  await page.getByText('Its sources name no service that can be used.').waitFor();
  await page.getByText('Malformed').waitFor();
  await world.check(page);
});
