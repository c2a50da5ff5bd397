// What the gateway may do while people are away: what they permitted, what runs hold, and what waits for a sign-in.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { until } from './harness.mjs';
import { Provider, signedIn, TITLE } from './provider.mjs';

const AUDIENCE = 'https://keystone.site-a.example';
let archive;
let provider;
let world;
/** What the archive was shown. */
const shown = [];

before(async () => {
  // Somebody else's server, which has a file for whoever shows a token.
  archive = createServer((request, response) => {
    shown.push(request.headers.authorization ?? '');
    response.writeHead(request.headers.authorization?.startsWith('Bearer ') ? 200 : 401).end('a cube');
  });
  await new Promise((resolve) => archive.listen(0, '127.0.0.1', resolve));
  provider = await Provider.start();
  const more = `
[inputs]
allowed_hosts = ["${host()}"]
token_hosts = [{ host = "${host()}", issuer = "checkin", audience = "${AUDIENCE}", scopes = ["openid"] }]
`;
  world = await provider.openWorld(more, undefined, true);
});
after(async () => {
  await world?.close();
  provider?.close();
  archive?.close();
});

const host = () => `127.0.0.1:${archive.address().port}`;

/** Whatever the page's own session may. */
const asked = (page, method, path, body) =>
  page.evaluate(
    async ([verb, url, text]) => {
      const answer = await fetch(url, {
        method: verb,
        ...(text && { body: text, headers: { 'content-type': 'application/json' } }),
      });
      const said = await answer.text();
      if (!answer.ok) throw new Error(`${verb} ${url}: ${answer.status} ${said}`);
      return said === '' ? undefined : JSON.parse(said);
    },
    [method, world.at(`api/v1/${path}`), body && JSON.stringify(body)],
  );

const start = (page, name) =>
  asked(page, 'POST', 'runs', {
    name,
    command: ['sleep', '600'],
    inputs: [{ from: `http://${host()}/cube.fits`, to: 'cube.fits' }],
    resources: { cores: 0.1, memory: '32MiB', disk: '10MiB', walltime: '20m' },
  });

const ledger = (page) => page.getByRole('table', { name: 'Credentials of runs' });

test('what runs hold is listed, and revoked at a click; the last of it ends the run', async () => {
  const page = await signedIn(world, 'Alice Astronomer');
  const run = await start(page, 'holds a token');
  await until(async () => (await asked(page, 'GET', `runs/${run.id}`)).state === 'running', 'it runs');
  assert.ok(shown.some((header) => header.startsWith('Bearer ')));
  await page.goto(world.at('account'));
  const consent = page.getByRole('article', { name: TITLE });
  await consent.getByText(/offline_access/).waitFor();
  const entry = ledger(page).getByRole('row').filter({ hasText: AUDIENCE });
  await entry.getByText(`from ${TITLE}`).waitFor();
  await entry.getByText('(once)').waitFor();
  await world.check(page);
  await world.picture(page, 'account-delegation');

  await page.goto(world.at(`runs/${run.id}?tab=provenance`));
  await ledger(page).getByRole('row').filter({ hasText: AUDIENCE }).waitFor();
  await world.check(page);
  await world.picture(page, 'run-credentials');

  await page.goto(world.at('account'));
  await entry.getByRole('button', { name: /^Revoke/ }).press('Enter');
  const dialog = page.getByRole('dialog');
  await world.check(page);
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await entry.waitFor({ state: 'hidden' });
  const own = ledger(page).getByRole('row').filter({ hasText: 'its pilot’s own' });
  await own.getByRole('link', { name: 'holds a token' }).waitFor();
  await own.getByRole('button', { name: /^Revoke/ }).click();
  await dialog.getByText('This ends the run').waitFor();
  await world.picture(page, 'account-revoke');
  await dialog.getByRole('button', { name: 'Keep it' }).click();
  assert.notEqual((await asked(page, 'GET', `runs/${run.id}`)).state, 'ended');
  await own.getByRole('button', { name: /^Revoke/ }).click();
  await dialog.getByRole('button', { name: 'Revoke, and end the run' }).click();
  await page.getByText('Your runs hold nothing now').waitFor();
  assert.equal(await until(async () => (await asked(page, 'GET', `runs/${run.id}`)).outcome, 'its end'), 'cancelled');
  await page.getByRole('switch', { name: 'Also what no longer works' }).press('Space');
  await ledger(page).getByText('Ended').first().waitFor();
  await world.check(page);
  await page.context().close();
});

test('what was permitted is withdrawn; runs wait for a sign-in, and go on after it', async () => {
  const page = await signedIn(world, 'Bob Biologist', { path: 'account' });
  const consent = page.getByRole('article', { name: TITLE });
  await consent.getByRole('button', { name: /^Withdraw/ }).click();
  await page.getByRole('dialog').getByText('wait until you sign in again').waitFor();
  await world.check(page);
  await world.picture(page, 'account-withdraw');
  await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
  await page.getByText('no login service lets this gateway act for you').waitFor();

  const run = await start(page, 'waits for its owner');
  await page.goto(world.at(`runs/${run.id}`));
  await page.getByText('Waiting for your sign-in').first().waitFor();
  await page
    .getByText(/roadstead login --issuer checkin/)
    .first()
    .waitFor();
  await world.check(page);
  await world.picture(page, 'run-sign-in');
  await page.goto(world.at());
  await page
    .getByRole('article', { name: 'waits for its owner' })
    .getByRole('link', { name: /^Sign in with/ })
    .waitFor();
  await world.check(page);
  await world.picture(page, 'home-sign-in');

  await page.goto(world.at(`runs/${run.id}`));
  await page.getByRole('link', { name: `Sign in with ${TITLE}` }).click();
  await page.waitForURL((url) => url.origin === new URL(world.at()).origin && url.pathname.includes(run.id));
  await page.getByRole('main').getByText('Running').first().waitFor();
  await asked(page, 'POST', `runs/${run.id}/cancel`);
  world.forgive(page, /favicon.ico/);
  await world.check(page);
  await page.context().close();
});

test('a consent that ended is told on Home and on the account page, with the way back', async () => {
  const page = await signedIn(world, 'Carol Cosmologist');
  // The login service ends everything that it gave.
  const { items } = await asked(page, 'GET', 'consents');
  assert.equal(items.length, 1);
  await provider.door('person', { name: 'carol', changes: null });
  const run = await start(page, 'finds it ended');
  await until(async () => (await asked(page, 'GET', 'me')).sign_in_again.length === 1, 'the consent ended');
  await page.goto(world.at());
  await page.getByText(/Your consent there ended/).waitFor();
  await world.check(page);
  await world.picture(page, 'home-consent-ended');
  await page.goto(world.at('account'));
  const consent = page.getByRole('article', { name: TITLE });
  await consent.getByText(/^It ended/).waitFor();
  const way = consent.getByRole('link', { name: `Sign in with ${TITLE}` });
  assert.equal(await way.getAttribute('href'), `${world.at('login/checkin')}?to=account`);
  await world.check(page);
  await world.picture(page, 'account-consent-ended');
  await asked(page, 'POST', `runs/${run.id}/cancel`);
  await page.context().close();
});

test('nothing of a session and no token is kept where scripts of a browser could read it', async () => {
  const page = await signedIn(world, 'Alice Astronomer');
  const cookies = await page.context().cookies();
  const session = cookies.find(({ name }) => name.startsWith('roadstead-'));
  assert.ok(session?.httpOnly && session.value.length > 20, `the session's cookie: ${cookies.map(({ name }) => name)}`);
  // Through the portal: each of its pages, a draft, a filter, a token of one's own.
  for (const path of ['', 'runs?active=true', 'sites', 'terms', 'new']) {
    await page.goto(world.at(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
  await page.getByLabel('Command line', { exact: true }).fill('sleep 600');
  await page.getByText('Ready.').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.waitForURL(/runs\/run-/);
  for (const tab of ['Log', 'Outputs', 'Provenance']) await page.getByRole('tab', { name: tab }).click();
  await page.goto(world.at('account'));
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('of the test');
  await page.getByRole('button', { name: 'Make it' }).click();
  const token = await page.getByTestId('secret').innerText();
  await page.getByRole('button', { name: 'I have kept it' }).click();

  const kept = await page.evaluate(async () => {
    const found = {
      cookie: document.cookie,
      local: { ...localStorage },
      session: { ...sessionStorage },
      databases: {},
    };
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const reading = database.transaction(store).objectStore(store).getAll();
        found.databases[`${name} ${store}`] = await new Promise((resolve) => {
          reading.onsuccess = () => resolve(JSON.stringify(reading.result));
        });
      }
    }
    const cached = [];
    for (const name of await caches.keys()) {
      for (const { url } of await (await caches.open(name)).keys()) cached.push(url);
    }
    return JSON.stringify({ ...found, cached });
  });
  assert.match(kept, /roadstead-/, 'the portal does keep something, and it was looked at');
  const issued = await fetch(new URL('/test/issued', provider.issuer), { method: 'POST' }).then((answer) =>
    answer.text(),
  );
  const secrets = [session.value, token, ...(issued.match(/[\w.-]{20,}/g) ?? [])];
  for (const secret of secrets) assert.ok(!kept.includes(secret), `a secret is in ${kept}`);
  assert.doesNotMatch(kept, /eyJ|rs[a-z]_[\w-]{10,}/, 'nor anything that looks like one');
  world.forgive(page, /status of 404/);
  await world.check(page);
  await page.context().close();
});
