// The page that finds offers. What this computer has is asked of the real gateway; what a federation would have is answered by
// the test itself (federation.mjs), since here is none that lets one in.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerWith, federation } from './federation.mjs';
import { openWorld, until } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

const SKY = 'cloud.sky.example.org';

const machine = (name, cores, score, more = {}) => ({
  service: SKY,
  site: 'SKY',
  project: 'a1',
  community: 'eiscat3d.eu',
  size: { id: name, name, cores, memory: '16GiB', disk: '20GiB', accelerators: 0, divisible: false },
  image: {
    id: 'u',
    name: 'Ubuntu 22.04 of September',
    system: { name: 'ubuntu', version: '22.04' },
    login_user: 'ubuntu',
    min_disk: '3GiB',
    min_memory: '0B',
    standing: { standing: 'offered' },
  },
  attachment: {
    way: 'floating',
    network: { network: 'existing', id: 'n', name: 'mine', subnet: 's' },
    router: { router: 'existing', id: 'r', name: 'gate' },
    pool: { id: 'p', name: 'outside' },
  },
  score,
  terms: [
    { name: 'headroom', points: 31.25, detail: 'cores: 4 of 64 are left' },
    { name: 'waste', points: -1.25, detail: 'an eighth of it would lie idle' },
  ],
  ...more,
});

const gpu = machine('gpu.a100', 8, 12.5, {
  size: {
    ...machine('gpu.a100', 8).size,
    accelerators: 2,
    accelerator: { kind: 'passthrough', vendor: 'NVIDIA', model: 'V100', memory: '32GiB' },
  },
});

const rejection = (site, service, reasons, more = {}) => ({ site, service, reasons, sizes: 0, of: 0, ...more });
const REJECTIONS = [
  rejection('SKY', SKY, [{ reason: 'over_quota', of: 'cores', left: 4, limit: 64, sizes: 3 }], {
    project: 'a1',
    community: 'eiscat3d.eu',
    sizes: 3,
    of: 5,
  }),
  rejection('NORD', 'nord.example.org', [
    { reason: 'not_let_in', why: 'the site wants vm_operator.', remedy: 'Ask for that role.', sizes: 0 },
    { reason: 'downtime', from: '2026-01-01T00:00:00Z', until: '2027-01-01T00:00:00Z', why: 'New switches', sizes: 0 },
  ]),
  rejection('FJORD', 'old.fjord.example.org', [{ reason: 'access_not_known', why: 'it did not answer', sizes: 0 }]),
  rejection('ZZZ', 'local', [{ reason: 'other_kind', wanted: 'machine', sizes: 1 }], { sizes: 1, of: 1 }),
];

const plan = (offers, more = {}) => ({
  id: 'pln_00000000000000000000000000',
  created_at: new Date().toISOString(),
  offers,
  offers_total: offers.length,
  rejections: REJECTIONS,
  counterfactuals: [],
  ...more,
});

/** What the gateway would find; `asked` has each question. */
async function answerOffers(page, answer) {
  const asked = [];
  await page.route(/\/api\/v1\/offers(\?|$)/, async (route) => {
    const query = Object.fromEntries(new URL(route.request().url()).searchParams);
    asked.push(query);
    await route.fulfill({ json: await answer(query) });
  });
  return asked;
}

test('what this computer has is found, told why, and becomes a new run', async () => {
  const page = await world.page({ path: 'sites' });
  await page.getByRole('link', { name: 'Find offers' }).click();
  await page.getByText('1 offer', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'Memory', exact: true }).fill('100TiB');
  await page.getByText(/100 TiB of memory wanted; .* is the most\./).waitFor();
  await page.getByText('No offer has all of this').waitFor();
  await world.check(page);
  // Taken at once, and undone by the way back.
  await page.getByRole('button', { name: /^With .* of memory\s*1 service/ }).click();
  await page.getByText('1 offer', { exact: true }).waitFor();
  await page.goBack();
  await page.getByText('No offer has all of this').waitFor();
  await page.getByRole('textbox', { name: 'Memory', exact: true }).fill('64MiB');
  await page.getByRole('textbox', { name: 'Cores' }).fill('0.5');
  await page.getByRole('row').filter({ hasText: '64 MiB' }).filter({ hasText: '0.5' }).waitFor();
  await page.getByRole('link', { name: 'New run of this size' }).click();
  await page.getByLabel('Command line').waitFor();
  assert.equal(await page.getByLabel('Cores').inputValue(), '0.5');
  assert.equal(await page.getByLabel('Memory').inputValue(), '64MiB');
  await page.getByRole('link', { name: 'Compare all offers' }).click();
  await page.getByRole('heading', { name: 'Offers', level: 1 }).waitFor();
  assert.match(page.url(), /offers\?cores=0\.5&memory=64MiB$/);
});

test('offers of a federation are ranked with reasons, and what is missing is said', async () => {
  const page = await world.page();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await answerWith(page, federation());
  const asked = await answerOffers(page, () => plan([machine('large', 4, 30), gpu], { offers_total: 240 }));
  const wish = 'cores=4&memory=8GiB&accelerator=nvidia%20v100&os=ubuntu&public=true&community=eiscat3d.eu';
  await page.goto(world.at(`offers?${wish}`));
  await page.getByText('The best 2 of 240 offers').waitFor();
  assert.deepEqual(asked[0], {
    cores: '4',
    memory: '8GiB',
    accelerator: 'nvidia v100',
    os: 'ubuntu',
    public: 'true',
    community: 'eiscat3d.eu',
  });
  const [first, second] = [page.getByRole('row').nth(1), page.getByRole('row').nth(2)];
  for (const text of [
    'SKY',
    'Best',
    'eiscat3d.eu',
    'large',
    '16 GiB',
    'ubuntu 22.04',
    'Public, floating from outside',
    '30.0',
  ]) {
    assert.ok((await first.innerText()).includes(text), text);
  }
  assert.match(await second.innerText(), /2 × NVIDIA V100, 32 GiB/);
  await first.getByRole('button', { name: 'Why offer 1 has 30.0 points' }).press('Enter');
  await page.getByText('an eighth of it would lie idle').waitFor();
  await page.getByText('On the network mine, with a floating address of outside, through the router gate').waitFor();
  await page.getByText('Ubuntu 22.04 of September; one signs in as ubuntu').waitFor();

  // Nothing is left out in silence.
  await page.getByText(/1 service is still being looked at:/).waitFor();
  await page.getByText(/1 service did not answer:/).waitFor();
  const not = page.getByRole('complementary', { name: 'Why not' });
  assert.deepEqual(await not.getByRole('heading', { level: 3 }).allInnerTexts(), ['FJORD', 'NORD']);
  await not.getByText('The site wants vm_operator. Ask for that role.').waitFor();
  await not.getByText('Other sizes where there are offers (1)').click();
  await not.getByText('Needs more than the quota has left: 4 of 64 cores (3 of 5 sizes)').waitFor();
  await not.getByText('Not what you asked for (1)').press('Enter');
  await not.getByText('No machines can be had here').waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
  await world.check(page);
  await world.picture(page, 'offers');
  await page.setViewportSize({ width: 400, height: 800 });
  await page.evaluate(() => window.scrollTo(0, 0));
  await world.check(page);
  await page.getByRole('button', { name: 'Copy the command' }).click();
  assert.equal(
    await page.evaluate(() => navigator.clipboard.readText()),
    "roadstead offers --cores 4 --memory 8GiB --accelerator 'nvidia v100' --os ubuntu --public --community eiscat3d.eu --why",
  );
});

test('a slider asks once where it comes to rest, and what was found stays until then', async () => {
  const page = await world.page();
  await answerWith(page, federation());
  let release;
  let held;
  const asked = await answerOffers(page, async ({ cores, accelerators }) => {
    await held;
    if (accelerators)
      return plan([], {
        counterfactuals: [
          { change: 'without accelerators', instead: { ask: 'without_accelerators' }, services: 7 },
          { change: 'in an unheard-of way', services: 1 },
        ],
      });
    return plan([machine(cores ? `with-${cores}` : 'small', 1, 20)]);
  });
  await page.goto(world.at('offers'));
  await page.getByRole('cell', { name: 'small' }).waitFor();
  held = new Promise((resolve) => {
    release = resolve;
  });
  const before = asked.length;
  const slider = page.getByRole('slider', { name: 'Cores, slider' });
  await slider.focus();
  for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight');
  assert.match(page.url(), /cores=16/);
  assert.equal(await page.getByRole('textbox', { name: 'Cores' }).inputValue(), '16');
  await until(() => asked.length > before, 'it asks');
  assert.deepEqual(asked.slice(before), [{ cores: '16' }]);
  await page.getByRole('region', { name: 'Offers, the best first' }).and(page.locator('[aria-busy=true]')).waitFor();
  await page.getByRole('cell', { name: 'small' }).waitFor();
  release();
  await page.getByRole('cell', { name: 'with-16' }).waitFor();
  await page.reload();
  await page.getByRole('cell', { name: 'with-16' }).waitFor();
  assert.equal(await slider.inputValue(), '4');

  await page.getByRole('slider', { name: 'Accelerators, slider' }).press('ArrowRight');
  await page.getByText('No offer has all of this').waitFor();
  await page.getByText('in an unheard-of way: 1 service').waitFor();
  await world.check(page);
  await world.picture(page, 'offers-none');
  await page.getByRole('button', { name: /Without accelerators\s*7 services/ }).click();
  await page.getByRole('cell', { name: 'with-16' }).waitFor();
  assert.match(page.url(), /offers\?cores=16$/);

  // What cannot be read is said where it stands, and nothing is asked.
  const settled = asked.length;
  await page.getByRole('textbox', { name: 'Disk' }).fill('9GB');
  await page.getByText('Correct what is marked first.').waitFor();
  await page.getByRole('cell', { name: 'with-16' }).waitFor();
  await world.check(page);
  assert.ok(asked.slice(settled).every((query) => query.disk === undefined));
  await page.getByLabel('For', { exact: true }).selectOption('batch');
  assert.equal(await page.getByLabel('Operating system').count(), 0, 'a job has none');
  await page.getByRole('button', { name: 'Start over' }).click();
  await until(() => !page.url().includes('?'), 'all is taken away');
});
