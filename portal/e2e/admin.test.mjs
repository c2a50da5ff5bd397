// Administration: who there is, what groups give, what was done, and what needs somebody.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from './harness.mjs';
import { ASTRO, Provider, signedIn } from './provider.mjs';

const NASTY = '<img src=x onerror=window.caught=1> Mallory';
let provider;
let world;

before(async () => {
  provider = await Provider.start();
  await provider.door('person', { name: 'mallory', changes: { full_name: NASTY } });
  world = await provider.openWorld();
});
after(async () => {
  await world?.close();
  provider?.close();
});

const mapping = () => world.gateway.ask('GET', 'admin/mapping');
const part = (page, name) =>
  page.getByRole('navigation', { name: 'Parts of the administration' }).getByRole('link', { name });

test("what is for administrators is in nobody else's way", async () => {
  const page = await signedIn(world, 'Bob Biologist');
  assert.equal(await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Admin' }).count(), 0);
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Account').waitFor();
  assert.equal(await page.getByRole('dialog').getByText('Admin', { exact: true }).count(), 0);
  await page.keyboard.press('Escape');
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(world.at('admin/people'));
  await page.getByText('For administrators').waitFor();
  assert.deepEqual(
    asked.filter((url) => url.includes('api/v1/admin')),
    [],
  );
  await world.check(page);
  await page.context().close();
});

test('the overview says how the gateway is, and keys lead there', async () => {
  const page = await world.page();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.getByRole('heading', { level: 1, name: 'Administration' }).waitFor();
  await page.getByText('SQLite, for this gateway alone').waitFor();
  const run = await world.submit({ command: ['true'] });
  await world.ended(run.id);
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('No flow needs anybody.').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Ended' }).getByText('1', { exact: true }).waitFor();
  await world.check(page);
  await world.picture(page, 'admin');
  await page.context().close();
});

test('somebody is found, suspended with a reason, out at once, and restored', async () => {
  const bob = await signedIn(world, 'Bob Biologist');
  const mallory = await signedIn(world, /Mallory/);
  await mallory.context().close();
  const page = await world.page({ path: 'admin/people' });
  const people = page.getByRole('table', { name: 'People' });
  await people.getByRole('row').filter({ hasText: 'onerror' }).waitFor();
  assert.equal(await page.evaluate(() => window.caught), undefined);
  await world.check(page);
  await world.picture(page, 'admin-people');
  await page.getByRole('textbox', { name: 'Name' }).fill('BOB');
  await page.waitForURL(/name_contains=BOB/);
  await people.getByRole('row').filter({ hasText: 'onerror' }).waitFor({ state: 'hidden' });

  await page.getByRole('button', { name: 'Suspend Bob Biologist' }).click();
  const dialog = page.getByRole('dialog');
  assert.ok(await dialog.getByRole('button', { name: 'Suspend now' }).isDisabled(), 'a reason is asked for');
  await dialog.getByLabel('Reason').fill('a laptop was stolen');
  await world.check(page);
  await world.picture(page, 'admin-suspend');
  await dialog.getByLabel('Reason').press('Enter');
  await people.getByText('Suspended').waitFor();
  await bob.reload();
  await bob.getByRole('heading', { name: 'Sign in' }).waitFor();
  await bob.context().close();

  await page.getByRole('textbox', { name: 'Name' }).fill('');
  await page.getByLabel('Show').selectOption({ label: 'Suspended' });
  await page.waitForURL(/admin\/people\?suspended=true$/);
  await people.getByRole('button', { name: 'Bob Biologist', exact: true }).press('Enter');
  const about = page.getByRole('dialog', { name: 'Bob Biologist' });
  await about.getByText('a laptop was stolen').waitFor();
  await about.getByText(provider.issuer).waitFor();
  await world.check(page);
  await world.picture(page, 'admin-person');
  await page.keyboard.press('Escape');
  await about.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Restore Bob Biologist' }).click();
  await dialog.getByText('because: a laptop was stolen').waitFor();
  await dialog.getByRole('button', { name: 'Restore' }).click();
  await page.getByText('Nobody is suspended').waitFor();
  await page.getByRole('link', { name: 'Show everybody' }).click();
  // Nobody can put themselves out.
  const { id } = await world.gateway.ask('GET', 'me');
  await page.goto(world.at(`admin/people?person=${id}`));
  await page.getByText('Nobody can suspend themselves.').waitFor();
  await world.check(page);
  await page.context().close();
});

test('the mapping is written as a table and as text, tried before it is saved, and mistakes stand where they are', async () => {
  const page = await world.page({ path: 'admin/mapping' });
  await page.getByText('No mapping was written yet').waitFor();
  await page.getByText('Until there is one').waitFor();
  await page.getByRole('button', { name: 'Add a rule' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a rule' });
  assert.equal(await dialog.getByLabel(/^Issuer( \*)?$/).inputValue(), provider.issuer, 'there is only one');
  await dialog.getByLabel(/^Group( \*)?$/).fill(ASTRO);
  await dialog.getByLabel('Role', { exact: true }).selectOption({ label: 'Exactly this role' });
  await dialog.getByLabel('Name of the role').fill('member');
  await dialog.getByLabel('Community (VO)').fill('astro');
  await world.check(page);
  await world.picture(page, 'admin-rule');
  await dialog.getByRole('button', { name: 'Take it' }).click();
  const changes = page.getByRole('region', { name: 'Not saved:' });
  await changes.getByText('1 rule added').waitFor();

  // What would this token get? By what is not saved yet, and by what is in force.
  const pasted = page.getByLabel('Claims, entitlements or a token');
  await pasted.fill(`${ASTRO}:role=member#aai.egi.eu\n${ASTRO}:role=mem ber`);
  await page.getByRole('button', { name: 'Ask' }).click();
  await page
    .getByRole('listitem')
    .filter({ hasText: /^Member of astro$/ })
    .waitFor();
  await page.getByText('Not understood').waitFor();
  await world.check(page);
  await world.picture(page, 'admin-mapping');
  await page.getByLabel('By', { exact: true }).selectOption({ label: 'the mapping in force' });
  await page.getByText('The question has changed since').waitFor();
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByText('Nothing.', { exact: true }).waitFor();
  assert.equal((await mapping()).version, 0, 'nothing was saved by asking');
  await changes.getByRole('button', { name: 'Put it in force' }).click();
  await page.getByText('Version 1 is in force.').waitFor();
  await changes.waitFor({ state: 'hidden' });
  assert.deepEqual((await mapping()).table.rules, [{ ...provider.rule({ member_of: 'astro' }), authority: 'any' }]);

  // A near miss, out of a whole token of which nothing but the claims leaves this page.
  const claims = { iss: provider.issuer, entitlements: [ASTRO] };
  const middle = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const sent = page.waitForRequest(/mapping\/preview/);
  await pasted.fill(`eyJhbGciOiJub25lIn0.${middle}.c2lnbmF0dXJl`);
  await page.getByRole('button', { name: 'Ask' }).click();
  assert.deepEqual((await sent).postDataJSON(), { issuer: provider.issuer, claims });
  await page
    .getByText('your token has no role, this community needs role=member')
    .or(page.getByText(/your token has no role/))
    .first()
    .waitFor();
  await pasted.fill('{ "entitlements": [');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.getByText('This begins like JSON and cannot be read as such.').waitFor();

  // As text: a mistake of form stands in its line, one of meaning comes from the gateway and stands in its line too.
  await page.getByText('Text', { exact: true }).click();
  const text = page.getByRole('textbox', { name: 'The mapping as text' });
  const written = await text.inputValue();
  assert.match(written, /^\[\[rules\]\]\nissuer = \{ exactly = /);
  await text.fill(`${written}\n[[rules]]\nissuer = "any"\nclaim = "entitlements"\ngroup = "x"\nrole = "any"\n`);
  await page
    .getByText(/^Line 8: gives: has to be there/)
    .or(page.getByText(/^Line \d+: /))
    .first()
    .waitFor();
  assert.ok(await changes.getByRole('button', { name: 'Put it in force' }).isDisabled());
  await world.check(page);
  await world.picture(page, 'admin-mapping-text');
  const wide = `\n[[rules]]\nissuer = "any"\nclaim = "groups"\ngroup = { exactly = "admins" }\nrole = "any"\ngives = "administrator"\n`;
  await text.fill(written + wide);
  await changes.getByRole('button', { name: 'Put it in force' }).click();
  await page.getByRole('alert').getByText('RS-1003').waitFor();
  world.forgive(page, /status of 422/);
  await page.locator('bdi').filter({ hasText: 'by the word of any issuer' }).first().waitFor();
  await page.getByText('Table', { exact: true }).click();
  await page
    .getByRole('row')
    .filter({ hasText: 'admins' })
    .getByText(/by the word of any issuer/)
    .waitFor();
  await world.check(page);
  await changes.getByRole('button', { name: 'Discard' }).click();
  await changes.waitFor({ state: 'hidden' });
  await page.context().close();
});

test("two who change the mapping at once see each other's change before anything is lost", async () => {
  const before = await mapping();
  const page = await world.page({ path: 'admin/mapping' });
  await page.getByRole('button', { name: 'Make a rule like rule 0' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a rule' });
  await dialog.getByLabel('Gives').selectOption({ label: 'Management of a community' });
  await dialog.getByLabel(/^Group( \*)?$/).fill(`${ASTRO}:managers`);
  await dialog.getByRole('button', { name: 'Take it' }).click();
  const theirs = [
    ...before.table.rules,
    provider.rule({ member_of: 'biology' }, 'urn:mace:egi.eu:group:vo.testbed.eu:bio'),
  ];
  await world.gateway.ask('PUT', 'admin/mapping', { version: before.version, table: { rules: theirs } });
  await page.getByRole('button', { name: 'Put it in force' }).click();
  await page.getByText('Somebody else changed the mapping meanwhile').waitFor();
  world.forgive(page, /status of 409/);
  const conflict = page.getByRole('alert').filter({ hasText: 'Somebody else' });
  await conflict.getByText(/biology/).waitFor();
  await world.check(page);
  await world.picture(page, 'admin-conflict');
  await conflict.getByRole('button', { name: 'Put my changes into theirs' }).click();
  await page.getByText('1 rule added').waitFor();
  await page.getByRole('button', { name: 'Put it in force' }).click();
  await page.getByText(`Version ${before.version + 2} is in force.`).waitFor();
  assert.equal((await mapping()).table.rules.length, 3);

  await part(page, 'Communities').click();
  await page.getByRole('heading', { name: 'astro' }).waitFor();
  await page.getByRole('heading', { name: 'biology' }).waitFor();
  await page.getByText(`${ASTRO}:managers`).waitFor();
  await world.check(page);
  await world.picture(page, 'admin-communities');
  await page.getByRole('link', { name: 'Rule 1' }).click();
  await page.waitForURL(/admin\/mapping\?rule=1/);
  await page.locator('tr[data-pointed]').filter({ hasText: 'biology' }).waitFor();
  await page.context().close();
});

test('the audit is endless, is searched, and is taken home', async () => {
  for (let at = 0; at < 230; at++) await world.gateway.ask('GET', 'admin/health');
  const page = await world.page({ path: 'admin/audit' });
  const entries = page.getByRole('table', { name: 'Audit' });
  await entries.getByRole('row').nth(10).waitFor();
  await world.check(page);
  const first = await entries.getByRole('row').nth(1).innerText();
  await until(async () => {
    await page.mouse.wheel(0, 20_000);
    return page.getByText('That is all.').isVisible();
  }, 'the end of the audit is reached');
  assert.notEqual(await entries.getByRole('row').nth(1).innerText(), first);
  await page.keyboard.press('Home');

  // By what was done; then what was refused.
  await page.getByLabel('What', { exact: true }).fill('suspend_person');
  await page.getByLabel('What', { exact: true }).press('Enter');
  await page.waitForURL(/operation=suspend_person/);
  await page.getByText('1 entry. That is all.').waitFor();
  await entries.getByRole('button', { name: 'suspend person' }).click();
  const details = page.getByRole('dialog', { name: 'suspend person' });
  await details.getByText('per-').first().waitFor();
  await world.check(page);
  await world.picture(page, 'admin-audit-entry');
  await details.getByRole('link', { name: 'Only what was about this' }).click();
  await page.waitForURL(/about=per-/);
  await entries.getByRole('button', { name: 'restore person' }).waitFor();
  await page.getByRole('button', { name: 'Show everything' }).click();
  await page.getByLabel('Result').selectOption({ label: 'Refused or failed' });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await entries.getByRole('row').filter({ hasText: 'set mapping' }).filter({ hasText: 'RS-1003' }).waitFor();
  assert.equal(await entries.getByText('Done', { exact: true }).count(), 0);
  await world.check(page);
  await world.picture(page, 'admin-audit');

  const taken = async (form) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const coming = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: form }).click();
    return readFileSync(await (await coming).path(), 'utf8');
  };
  const lines = (await taken('as NDJSON'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.ok(lines.length >= 2 && lines.every((line) => line.allowed === false), JSON.stringify(lines));
  const [head, ...rows] = (await taken('as CSV')).trimEnd().split('\r\n');
  assert.match(head, /^id,at,person,/);
  assert.deepEqual(
    rows.map((row) => row.split(',')[0]),
    lines.map((line) => line.id),
  );

  await page.getByLabel('From').fill('2001-01-01T00:00');
  await page.getByLabel('Until').fill('2001-01-02T00:00');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByText('Nothing of that kind was written down').waitFor();
  await world.check(page);
  await page.goto(world.at('admin/audit?person=nobody'));
  await page.getByRole('alert').getByText('RS-1007').waitFor();
  world.forgive(page, /status of 400/);
  await world.check(page);
  await page.context().close();
});

test('a failed undo is seen on the overview, explained, and tried again', async () => {
  const run = await world.submit({ name: 'left-behind', command: ['true'] });
  await world.ended(run.id);
  await world.gateway.stop();
  const script = fileURLToPath(new URL('failed-undo.py', import.meta.url));
  execFileSync('python3', [script, world.gateway.database(), run.id]);
  await world.gateway.start();
  const page = await world.page({ path: 'admin' });
  await page.getByText('A flow needs somebody').waitFor();
  await world.picture(page, 'admin-needs');
  await page.getByRole('link', { name: 'Show them' }).click();
  await page.waitForURL(/admin\/flows\?status=undo_failed/);
  const flows = page.getByRole('table', { name: 'Flows' });
  await flows.getByRole('row').nth(1).getByRole('button').first().click();
  await page.getByRole('dialog').getByText('could not be removed: <b>').waitFor();
  await page.getByRole('dialog').getByText('RS-7004').waitFor();
  await world.check(page);
  await world.picture(page, 'admin-flow');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /Try the undo of flw-/ }).click();
  await page.getByText('No undo has failed').waitFor();
  await page.getByLabel('Show').selectOption({ label: 'All flows' });
  await until(async () => {
    await page.getByRole('button', { name: 'Look again' }).click();
    return flows.getByText('Undone').isVisible();
  }, 'it is undone');
  await world.check(page);
  await world.picture(page, 'admin-flows');
  await page.context().close();
});
