import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, until } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

test('services say what they offer, how busy they are, and how that is known', async () => {
  const page = await world.page({ path: 'sites' });
  await page.getByRole('row').filter({ hasText: 'of this gateway' }).getByRole('link').click();
  const service = page.getByRole('article', { name: 'local' });
  await service.getByText('Free').waitFor();
  const said = await service.innerText();
  const { items } = await world.gateway.ask('GET', 'services');
  const [known] = items;
  for (const text of ['Isolation', 'Limits', 'Containers', 'up to', `of ${known.sizes[0].cores}`]) {
    assert.ok(said.includes(text), `${text} in ${said}`);
  }
  assert.ok(said.includes(known.facts.find((fact) => fact.name === 'isolation').value));
  assert.ok(!said.includes('tried on this computer'), 'evidence is shown on demand');
  await service.getByText(/How this is known/).press('Enter');
  await service.getByText('tried on this computer').first().waitFor();
  await world.check(page);
  await world.picture(page, 'sites');

  // What it is busy with is seen without loading the page again.
  const run = await world.submit({ command: ['sleep', '120'], resources: { cores: 1, memory: '64MiB' } });
  await until(async () => (await world.run(run.id)).state === 'running', 'it runs');
  await page.getByRole('button', { name: 'Look again' }).click();
  await service.getByText('1 running').waitFor();
  await service.getByText('Busy').or(service.getByText('Full')).first().waitFor();
  await world.gateway.ask('POST', `runs/${run.id}/cancel`);
  await world.ended(run.id);
});

test('names from elsewhere are text, whatever is in them; and there may be nothing', async () => {
  const page = await world.page();
  const name = `<img src=x onerror=window.caught=1>\u202e${'long'.repeat(200)}`;
  const size = { cores: 2, memory: '1GiB', disk: '1GiB', accelerators: 1, divisible: false };
  const fact = { name: 'containers', value: `<b>${name}</b>`, source: name };
  const service = {
    ...{ name, site: name, driver: name, multi_node: true, container_engines: [], facts: [fact] },
    sizes: [1, 2, 3].map((i) => ({ ...size, name: `${name}${i}` })),
    usage: { cores_used: 0, memory_used: '0B', running: 0, waiting: 4 },
    seen_at: '2020-01-01T00:00:00Z',
  };
  const answers = { sites: [{ name, description: '', services: [name] }], services: [service] };
  await page.route(/\/api\/v1\/(sites|services)$/, (route) => {
    const items = answers[new URL(route.request().url()).pathname.split('/').at(-1)];
    return route.fulfill({ json: { items, next: null } });
  });
  await page.route(/\/api\/v1\/sites\/./, (route) => route.fulfill({ json: answers.sites[0] }));
  for (const width of [1280, 400]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(world.at('sites'));
    const row = page.getByRole('row').filter({ hasText: 'of this gateway' });
    await row.waitFor();
    await world.check(page);
    await row.getByRole('link').click();
    await page.getByRole('article').getByText('Queue', { exact: true }).waitFor();
    await page.getByText('Comes whole').first().waitFor();
    await world.check(page);
  }
  assert.equal(await page.evaluate('window.caught'), undefined);

  answers.sites = [];
  await page.goto(world.at('sites'));
  await page.getByText('No sites').waitFor();
  await world.check(page);
});
