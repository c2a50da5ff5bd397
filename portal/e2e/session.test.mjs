// Coming in, staying in, and being put out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openWorld, until } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

test('the printed link signs in once; the code leaves the address; no script can read the session', async () => {
  const link = world.gateway.printedLink;
  assert.match(link, /\/#code=/);
  const page = await world.page({ link });
  assert.equal(new URL(page.url()).hash, '', 'the code is gone from the address bar');
  await page.getByRole('heading', { name: 'Home', exact: true }).waitFor();
  const reachable = await page.evaluate(() => ({
    cookie: document.cookie,
    kept: JSON.stringify({ ...localStorage, ...sessionStorage }),
    history: history.length,
  }));
  assert.equal(reachable.cookie, '');
  assert.ok(!reachable.kept.includes(new URL(link).hash.slice('#code='.length)));
  const [cookie] = await page.context().cookies();
  assert.ok(cookie?.httpOnly && cookie.sameSite === 'Strict', JSON.stringify(cookie));
  await page.reload();
  await page.getByRole('heading', { name: 'Home', exact: true }).waitFor();
  await world.check(page);

  const second = await world.page({ link: null });
  await second.goto(link);
  await second.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  await second.getByText('roadstead open').waitFor();
  world.forgive(second, /status of 40[01]/);
  await world.check(second);
  await world.picture(second, 'signed-out');

  // Who is inside already stays who they are, whatever link is opened.
  await page.goto(link);
  await page.getByRole('heading', { name: 'This link was not used' }).waitFor();
  world.forgive(page, /status of 401/);
  await world.check(page);
  await page.getByRole('button', { name: 'Go on as before' }).click();
  await page.getByRole('heading', { name: 'Home', exact: true }).waitFor();
  await page.context().close();
  await second.context().close();
});

test('a stranger is told how to come in, on every page', async () => {
  const page = await world.page({ link: null, path: 'runs?outcome=failed' });
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByText('roadstead open').waitFor();
  world.forgive(page, /status of 401/);
  await world.check(page);
  await page.context().close();
});

test('a session that is ended elsewhere leads to the signed-out page by itself', async () => {
  const page = await world.page();
  const { items } = await world.gateway.ask('GET', 'sessions');
  for (const session of items) await world.gateway.ask('DELETE', `sessions/${session.id}`);
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
  await page.context().close();
});

test('a restart in the middle: nothing is lost, nobody is put out, the list goes on', async () => {
  const page = await world.page({ path: 'runs' });
  const before = await world.submit({ name: 'before-the-restart', command: ['true'] });
  await page.getByRole('link', { name: 'before-the-restart' }).waitFor();
  await world.ended(before.id);
  await page.getByRole('row', { name: /Done before-the-restart/ }).waitFor();

  await world.gateway.stop('SIGKILL');
  await page.getByText('Reconnecting…').waitFor();
  await world.gateway.start();
  const during = await world.submit({ name: 'after-the-restart', command: ['true'] });
  await page.getByText('Reconnecting…').waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'after-the-restart' }).waitFor();
  await world.ended(during.id);
  await page.getByRole('row', { name: /Done after-the-restart/ }).waitFor();
  const { items } = await world.gateway.ask('GET', 'sessions');
  assert.ok(items.length >= 1, 'the session lived on');
  world.forgive(page, /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
  await world.check(page);
  await page.context().close();
});

test('signing out leaves nothing that lets one in', async () => {
  const page = await world.page({ path: 'account' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor();
  await until(async () => (await page.context().cookies()).length === 0, 'the cookie is taken back');
  await page.goto(world.at('runs'));
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.context().close();
});
