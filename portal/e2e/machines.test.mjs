// The pages about machines. What sites would answer is answered by the test itself, since here is none that lets one in; what
// the gateway does with it is tested where it does.
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
const RUN = 'run_01k8zzzzzzzzzzzzzzzzzzzzzz';
const OTHER = 'run_01k8yyyyyyyyyyyyyyyyyyyyyy';
const WAITING = 'run_01k8xxxxxxxxxxxxxxxxxxxxxx';

const at = (minutes) => new Date(Date.now() + minutes * 60_000).toISOString();
const elements = { total: 1, queued: 0, active: 1, done: 0, failed: 0, cancelled: 0 };

const machine = (more = {}) => ({
  run: RUN,
  name: 'galaxies',
  person: 'per_1',
  community: 'eiscat3d.eu',
  status: 'active',
  service: SKY,
  site: 'SKY',
  project: 'a1',
  size: 'm1.large',
  image: 'Ubuntu 22.04 of September',
  server: '8f3c',
  addresses: [
    { address: '10.0.0.7', public: false, floating: false },
    { address: '203.0.113.9', public: true, floating: true },
  ],
  login_user: 'ubuntu',
  open: ['22', '443'],
  created_at: at(-30),
  ready_at: at(-28),
  ends_at: at(8 * 60),
  seen_at: at(-1),
  ...more,
});

const run = (more = {}) => ({
  id: RUN,
  name: 'galaxies',
  kind: 'machine',
  person: 'per_1',
  state: 'running',
  elements,
  created_at: at(-30),
  service: SKY,
  request: { kind: 'machine', machine: { os: 'ubuntu' } },
  attempts: [
    {
      id: 'att_1',
      number: 1,
      service: 'nord.example.org',
      started_at: at(-30),
      ended_at: at(-29),
      cause: {
        code: 'RS-5017',
        title: 'The site has no room for it now',
        detail: 'No valid host was found.',
        remedy: 'It is tried at the next offer.',
      },
    },
    { id: 'att_2', number: 2, service: SKY, started_at: at(-29) },
  ],
  ...more,
});

const waiting = () =>
  run({
    id: WAITING,
    name: 'patient',
    state: 'planned',
    service: null,
    attempts: [],
    waiting_for: {
      reason: 'offer',
      detail: 'No offer has two accelerators now.',
      since: at(-10),
      until: at(350),
      remedy: 'Wait, or ask for less.',
    },
  });

const receipt = {
  run: RUN,
  released: false,
  items: [{ attempt: 2, kind: 'server', name: 'galaxies', service: SKY, created_at: at(-29) }],
};

const neighbour = (more) => ({
  service: SKY,
  site: 'SKY',
  project: { id: 'a1', name: 'alpha' },
  server: '8f3c',
  name: 'galaxies',
  status: 'active',
  addresses: ['203.0.113.9'],
  created_at: at(-30),
  ...more,
});

/** Answers all that is asked about machines; `asked` has what was to be done. `state` is changed by the test. */
async function answerMachines(page, state) {
  const asked = [];
  const json = (body, status = 200) => ({ status, contentType: 'application/json', body: JSON.stringify(body) });
  await page.route(/\/api\/v1\/(machines|neighbours|recipes|keys|runs)(\/|\?|$)/, async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    const path = pathname.slice(pathname.indexOf('/api/v1/') + 8);
    const method = request.method();
    if (method !== 'GET') {
      const body = request.postDataJSON();
      asked.push([method, path, body]);
      if (path === 'runs') return route.fulfill(json(waiting(), 201));
      if (path.endsWith('/cancel')) return route.fulfill(json(run({ cancelling: true })));
      if (path.endsWith('/screen')) return route.fulfill(json({ url: 'https://console.sky.example.org/vnc?token=1' }));
      if (path.endsWith('/lifetime')) state.machine.ends_at = at(7 * 24 * 60);
      if (body?.do === 'open') state.machine.open = [...state.machine.open, ...body.ports];
      if (body?.do === 'close') state.machine.open = state.machine.open.filter((port) => !body.ports.includes(port));
      if (body?.do === 'stop') state.machine.status = 'stopped';
      if (body?.do === 'rename') state.machine.name = body.name;
      if (body?.do === 'remove_address')
        state.machine.addresses = [{ address: '10.0.0.7', public: false, floating: false }];
      if (body?.do === 'add_address') state.machine.change = { what: 'add_address', stage: 'asked', begun_at: at(0) };
      if (body?.do === 'resize') {
        state.machine.status = 'resizing';
        const sizes = { from: { name: 'm1.large' }, to: { name: body.size } };
        state.machine.change = { what: 'resize', stage: 'begun', begun_at: at(0), ...sizes };
      }
      return route.fulfill(json(state.machine, method === 'PUT' ? 200 : 202));
    }
    if (path === 'machines') return route.fulfill(json({ items: state.machines ?? [state.machine], next: null }));
    if (path === `machines/${RUN}`) return route.fulfill(json(state.machine));
    if (path === `machines/${RUN}/console`) return route.fulfill(json({ output: 'Cloud-init finished\r\nlogin: ' }));
    if (path === `machines/${RUN}/sizes`) return route.fulfill(json(state.sizes));
    if (path === 'neighbours') return route.fulfill(json(state.neighbours));
    if (path === 'recipes') return route.fulfill(json({ items: state.recipes ?? [] }));
    if (path === 'keys') return route.fulfill(json({ items: state.keys ?? [] }));
    if (path === 'runs') return route.fulfill(json({ items: state.runs ?? [], next: null }));
    if (path === `runs/${RUN}`) return route.fulfill(json(state.run ?? run()));
    if (path === `runs/${WAITING}`) return route.fulfill(json(waiting()));
    if (path.endsWith('/receipt')) return route.fulfill(json({ ...receipt, ...state.receipt }));
    return route.continue();
  });
  return asked;
}

test('machines are listed with what one needs of each, and those of others on demand', async () => {
  const page = await world.page();
  const state = {
    machines: [],
    neighbours: {
      items: [
        neighbour({ run: RUN }),
        neighbour({ server: '77aa', name: 'web of somebody', made_by: 'c0ffee', addresses: [] }),
        neighbour({ server: '77ab', name: 'old', status: 'stopped', created_at: null }),
      ],
      problems: [
        { code: 'RS-5001', title: 'A site did not answer', detail: 'NORD did not answer.', remedy: 'Ask again later.' },
      ],
    },
  };
  await answerMachines(page, state);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Machines' }).click();
  await page.getByText('No machines').waitFor();
  await world.check(page);
  const isNew = await page.getByRole('main').getByRole('link', { name: 'New machine' }).last().getAttribute('href');
  assert.match(isNew, /machines\/new$/);

  state.machines = [
    machine(),
    machine({ run: WAITING, name: 'patient', status: 'building', site: '', size: '', addresses: [], ends_at: null }),
    machine({ run: OTHER, name: 'building one', status: 'building', addresses: [], ready_at: null, ends_at: null }),
  ];
  state.runs = [waiting(), { ...waiting(), id: 'run_batch', kind: 'batch', name: 'a job' }];
  await page.goto(world.at('machines'));
  const table = page.getByRole('table', { name: 'Machines' });
  const row = table.getByRole('row').filter({ hasText: 'galaxies' });
  await row.waitFor();
  const said = await row.innerText();
  for (const text of ['Active', 'SKY', 'm1.large', '203.0.113.9', 'in 8 hr']) assert.ok(said.includes(text), text);
  await table.getByRole('row').filter({ hasText: 'patient' }).getByText('Waiting for an offer').waitFor();
  assert.equal(await table.getByRole('row').filter({ hasText: 'a job' }).count(), 0);
  await page.getByLabel('All servers', { exact: true }).press('Space');
  const others = page.getByRole('table', { name: 'All servers in your projects' });
  await others.getByRole('row').filter({ hasText: 'web of somebody' }).getByText('made by c0ffee').waitFor();
  await others.getByRole('row').filter({ hasText: 'galaxies' }).getByText('Of this gateway').waitFor();
  assert.equal(await others.getByRole('link').count(), 1, 'only one of them is ours');
  await page.getByText('NORD did not answer.').waitFor();
  await world.check(page);
  await world.picture(page, 'machines');
  await page.setViewportSize({ width: 400, height: 800 });
  await world.check(page);
});

test('a machine is reached, changed and deleted on its page', async () => {
  const page = await world.page();
  const state = { machine: machine() };
  const asked = await answerMachines(page, state);
  await page.goto(world.at(`machines/${RUN}`));
  await page.getByText('ssh -- ubuntu@203.0.113.9', { exact: true }).waitFor();
  await page.getByText('No valid host was found.').waitFor();
  await page.getByText('It is deleted in 8 hr').waitFor();
  await page.getByText('only inside its site').waitFor();

  await page.getByRole('textbox', { name: 'Port or range' }).fill('80-70');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByText('Write 22, 8000-8010 or 53/udp').waitFor();
  await page.getByRole('textbox', { name: 'Port or range' }).fill('53/udp');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Close 53/udp' }).waitFor();
  await page.getByRole('button', { name: 'Close 22' }).click();
  await page.getByText('port 22 is not open').waitFor();
  await page.getByLabel('From now on for').selectOption('7d');
  await page.getByRole('button', { name: 'Set' }).click();
  await page.getByText(/It is deleted (in 7 days|next wk)/).waitFor();

  await page.getByRole('button', { name: 'Show the console log' }).click();
  await page.getByText('Cloud-init finished').waitFor();
  await page.getByRole('button', { name: 'Open the screen' }).click();
  const screen = page.getByRole('link', { name: 'The screen' });
  assert.equal(await screen.getAttribute('href'), 'https://console.sky.example.org/vnc?token=1');
  await world.check(page);
  await world.picture(page, 'machine');

  await page.getByRole('button', { name: 'More to do with it' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('stars');
  await world.check(page);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('heading', { name: 'stars', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'More to do with it' }).click();
  await page.getByRole('menuitem', { name: 'Rebuild' }).click();
  await page.getByText('Everything on its disk is lost').waitFor();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Start' }).waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await until(() => asked.length === 7, 'all was asked for');
  assert.deepEqual(asked, [
    ['POST', `machines/${RUN}/deeds`, { do: 'open', ports: ['53/udp'] }],
    ['POST', `machines/${RUN}/deeds`, { do: 'close', ports: ['22'] }],
    ['PUT', `machines/${RUN}/lifetime`, { lifetime: '7d' }],
    ['POST', `machines/${RUN}/screen`, null],
    ['POST', `machines/${RUN}/deeds`, { do: 'rename', name: 'stars' }],
    ['POST', `machines/${RUN}/deeds`, { do: 'stop' }],
    ['POST', `runs/${RUN}/cancel`, null],
  ]);
  await page.setViewportSize({ width: 400, height: 800 });
  await world.check(page);
});

test('an address is given back and got again, and another size chosen', async () => {
  const page = await world.page();
  const size = (name, cores) => ({ name, cores, memory: '16GiB', disk: '80GiB', accelerators: 0, divisible: false });
  const state = {
    machine: machine(),
    sizes: { has: size('m1.large', 4), items: [size('m1.xlarge', 8), size('m1.huge', 16)] },
  };
  const asked = await answerMachines(page, state);
  await page.goto(world.at(`machines/${RUN}`));
  await page.getByRole('button', { name: 'Give back 203.0.113.9' }).click();
  const get = page.getByRole('button', { name: 'Get a public address' });
  await get.click();
  await page.getByText('It gets an address.').waitFor();
  assert.ok(await get.isDisabled(), 'one at a time');
  await world.check(page);
  const problem = {
    code: 'RS-5017',
    title: 'The site has no room for it now',
    detail: 'No more IP addresses available.',
    remedy: 'The machine is as it was before.',
  };
  state.machine.change = { ...state.machine.change, stage: 'over', ended_at: at(0), problem };
  await page.getByText('No more IP addresses available.').waitFor();
  await world.check(page);

  await page.getByRole('button', { name: 'More to do with it' }).click();
  await page.getByRole('menuitem', { name: 'Resize' }).click();
  await page.getByText('It has m1.large.').waitFor();
  await page.getByLabel('Size', { exact: true }).selectOption('m1.huge');
  await world.check(page);
  await world.picture(page, 'machine-resize');
  await page.getByRole('button', { name: 'Resize' }).click();
  await page.getByText('It becomes m1.huge.').waitFor();
  await page.getByText('Being resized').waitFor();
  assert.deepEqual(
    asked.map(([, , body]) => body),
    [{ do: 'remove_address', address: '203.0.113.9' }, { do: 'add_address' }, { do: 'resize', size: 'm1.huge' }],
  );
  await world.check(page);
});

test('what failed says why, and what is gone that it is', async () => {
  const page = await world.page();
  const cause = {
    code: 'RS-5021',
    title: 'No place is left to try',
    detail: 'Every offer was tried.',
    remedy: 'Ask for less, or wait for an offer.',
  };
  const ended = { state: 'ended', ended_at: at(-1) };
  const state = {
    machine: machine({ status: 'gone', addresses: [], ready_at: null }),
    run: run({ ...ended, outcome: 'failed', cause }),
    receipt: { released: true, items: [{ ...receipt.items[0], released_at: at(-1), evidence: 'absent: 404' }] },
  };
  await answerMachines(page, state);
  await page.goto(world.at(`machines/${RUN}`));
  await page.getByText('Ask for less, or wait for an offer.').waitFor();
  await page.getByText('absent: 404').waitFor();
  assert.equal(
    await page.getByRole('button', { name: /^(Delete|Stop|Reboot|Open)/ }).count(),
    0,
    'nothing is left to do',
  );
  await world.check(page);
  await world.picture(page, 'machine-failed');
});

const offer = {
  service: SKY,
  site: 'SKY',
  project: 'a1',
  community: 'eiscat3d.eu',
  size: { id: 'l', name: 'large', cores: 4, memory: '16GiB', disk: '20GiB', accelerators: 0, divisible: false },
  image: {
    id: 'u',
    name: 'Ubuntu',
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
  score: 30,
  terms: [],
};

test('a machine is wished for with the offers beside it, and asked for once', async () => {
  const page = await world.page();
  const state = {
    keys: [
      { id: 'key_1', name: 'laptop', algorithm: 'ssh-ed25519', fingerprint: 'SHA256:x', created_at: at(-9) },
      { id: 'key_2', name: 'work', algorithm: 'ssh-ed25519', fingerprint: 'SHA256:y', created_at: at(-9) },
    ],
    recipes: [{ name: 'jupyter', title: 'Jupyter', systems: ['ubuntu'], packages: ['jupyter-notebook'] }],
  };
  const asked = await answerMachines(page, state);
  await answerWith(page, federation());
  const plan = {
    id: 'pln_00000000000000000000000000',
    created_at: at(0),
    offers: [offer, { ...offer, service: 'far', site: 'FAR', project: 'f1', score: 20 }],
    offers_total: 2,
    rejections: [{ site: 'LOST', service: 'lost', reasons: [{ reason: 'no_sizes', sizes: 0 }], sizes: 0, of: 0 }],
    counterfactuals: [],
  };
  const wished = [];
  await page.route(/\/api\/v1\/offers(\?|$)/, (route) => {
    const wish = Object.fromEntries(new URL(route.request().url()).searchParams);
    wished.push(wish);
    const offers = plan.offers.filter(({ service }) => (wish.service ?? service) === service);
    return route.fulfill({ json: { ...plan, offers, offers_total: offers.length } });
  });
  // From the page that finds offers, with what was wished for there.
  await page.goto(world.at('offers?kind=machine&cores=4&os=ubuntu%3A22.04&public=true&community=eiscat3d.eu'));
  await page.getByRole('link', { name: 'New machine like this' }).click();
  await page.getByRole('heading', { name: 'New machine', level: 1 }).waitFor();
  await page.getByText('2 offers', { exact: true }).waitFor();
  await page.getByText('It has no sizes').waitFor();
  // One of them alone, and all again; by the offer itself, or where the wishes are.
  const only = page.getByRole('button', { name: 'Only here: FAR, far, eiscat3d.eu' });
  await only.click();
  await page.getByText('1 offer', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Service: far. Take it away' }).waitFor();
  assert.equal(await only.getAttribute('aria-pressed'), 'true');
  assert.match(page.url(), /site=FAR&service=far&project=f1$/);
  await world.check(page);
  await world.picture(page, 'new-machine-only');
  await only.click();
  await page.getByText('2 offers', { exact: true }).waitFor();
  await page.getByRole('button', { name: `Only here: SKY, ${SKY}, eiscat3d.eu` }).click();
  await page.getByText('1 offer', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'Memory', exact: true }).fill('8GiB');
  await page.getByLabel('Name').fill('patient');
  await page.getByLabel('Open ports').fill('22, 44x');
  await page.getByText('44x: write 22, 8000-8010 or 53/udp').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Make the machine' }).isDisabled());
  await page.getByLabel('Open ports').fill('22, 443');
  await page.getByLabel('Lifetime').fill('8h');
  await page.getByLabel('Wait for an offer').fill('6h');
  await page.getByLabel('Recipe').selectOption('jupyter');
  await page.getByText('For ubuntu, with jupyter-notebook').waitFor();
  await page.getByLabel('work').check();
  await world.check(page);
  await world.picture(page, 'new-machine');
  await page.setViewportSize({ width: 400, height: 800 });
  await world.check(page);
  await page.getByRole('button', { name: 'Make the machine' }).click();
  await page.getByText('No offer has two accelerators now.').waitFor();
  await page.getByText('Wait, or ask for less.').waitFor();
  await world.check(page);
  assert.match(page.url(), new RegExp(`machines/${WAITING}$`));
  assert.deepEqual(asked, [
    [
      'POST',
      'runs',
      {
        kind: 'machine',
        name: 'patient',
        resources: { cores: 4, memory: '8GiB' },
        machine: {
          os: 'ubuntu:22.04',
          public: true,
          open: ['22', '443'],
          keys: ['work'],
          recipe: 'jupyter',
          lifetime: '8h',
          wait_for_offer: '6h',
        },
        where: { site: 'SKY', service: SKY, project: 'a1', community: 'eiscat3d.eu' },
      },
    ],
  ]);
  assert.ok(wished.some((one) => one.kind === 'machine' && one.memory === '8GiB' && one.cores === '4'));
});

test('the page of a site says how it went there lately, and the way around fits at any width', async () => {
  const page = await world.page();
  await answerWith(page, federation());
  const tried = { service: SKY, operation: 'boot', tries: 12, successes: 9, p50_millis: 8_000, p95_millis: 20_000 };
  const weather = [
    { ...tried, succeeded_at: at(-50), last_failure: { at: at(-120), cause: 'No valid host was found' } },
    { ...tried, service: 'elsewhere', operation: 'create', successes: 1 },
  ];
  await page.route(/\/api\/v1\/weather$/, (route) => route.fulfill({ json: { items: weather } }));
  await page.goto(world.at('sites'));
  await page.getByText('9 of 12 machines came up, half within 8.0 s').first().waitFor();
  await page.goto(world.at('sites/SKY'));
  const said = page.getByRole('listitem').filter({ hasText: 'Boots:' });
  await said.getByText('(No valid host was found)').waitFor();
  assert.match(await said.innerText(), /9 of 12 succeeded, half of them within 8\.0 s · the last failure was 2 hr ago/);
  assert.equal(await page.getByText('1 of 12 succeeded').count(), 0, 'that is of another service');
  for (const width of [1000, 800, 400, 320]) {
    await page.setViewportSize({ width, height: 800 });
    const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
    for (const link of await links.all()) {
      const box = await link.boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= width, `${await link.innerText()} at ${width}`);
    }
    await world.check(page);
  }
});
