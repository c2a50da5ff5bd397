import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openWorld, until } from './harness.mjs';

let world;
before(async () => {
  world = await openWorld();
});
after(() => world?.close());

const REFUSED = /status of 422/;

const field = {
  line: (page) => page.getByLabel('Command line'),
  file: (page) => page.getByLabel('The request as a file'),
  start: (page) => page.getByRole('button', { name: 'Start', exact: true }),
};

async function open(options = {}) {
  const page = await world.page({ path: 'new', ...options });
  await field.line(page).waitFor();
  return page;
}

/** In a window as high as the page: what lies half under the bar at one place of scrolling is no finding. */
async function check(page) {
  const before = page.viewportSize();
  await page.setViewportSize({ ...before, height: 5_000 });
  await world.check(page);
  await page.setViewportSize(before);
}

/** The id of the run that was started, when its page has opened. */
async function startedRun(page) {
  await page.waitForURL(/\/runs\/run-/);
  return new URL(page.url()).pathname.split('/').at(-1);
}

/** The text of a field when it is such. */
const text = (locator, pattern) =>
  until(async () => {
    const value = await locator.inputValue();
    return pattern.test(value) && value;
  }, `a text like ${pattern}`);

const file = (page, pattern) => text(field.file(page), pattern);

const countRuns = async (name) => (await world.gateway.ask('GET', `runs?name=${name}`)).items.length;

test('what is filled in is started, and does what it says', async () => {
  const page = await open();
  await page.getByText('It would go to local').or(page.getByText('Say what to run')).first().waitFor();
  await check(page);
  await page.getByLabel('Name', { exact: true }).fill('counted');
  await field.line(page).fill(`sh -c 'printf "%s\\n" "$GREETING" "$0" > said.txt' "two words"`);
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByLabel('Variable', { exact: true }).fill('GREETING');
  await page.getByLabel('Value').fill('good day');
  await page.getByRole('button', { name: 'Add an output' }).click();
  await page.getByLabel('Path or pattern').fill('*.txt');
  await page.getByLabel('Cores').fill('0.5');
  await page.getByLabel('Memory').fill('64MiB');
  assert.deepEqual(await page.getByRole('list', { name: 'As words' }).getByRole('listitem').allTextContents(), [
    'sh',
    '-c',
    'printf "%s\\n" "$GREETING" "$0" > said.txt',
    'two words',
  ]);
  await page.getByText('Ready. It would go to local.').waitFor();
  assert.match(await page.getByRole('region', { name: 'Where it could run' }).innerText(), /Headroom[\s\S]*free/);
  world.forgive(page, REFUSED);
  await check(page);
  await world.picture(page, 'new-run');
  await field.start(page).click();
  const run = await world.ended(await startedRun(page));
  assert.equal(run.outcome, 'done');
  assert.equal(run.name, 'counted');
  const said = await fetch(`${world.gateway.url}/api/v1/runs/${run.id}/outputs/0/said.txt`, {
    headers: { authorization: `Bearer ${world.gateway.token}` },
  });
  assert.equal(await said.text(), 'good day\ntwo words\n');
  // The draft has become a run: the next one begins empty.
  await page.goto(world.at('new'));
  await field.line(page).waitFor();
  assert.equal(await field.file(page).inputValue(), '');
});

test('every mistake is named at its field, and beside its line', async () => {
  const page = await open();
  await page.getByLabel('Name', { exact: true }).fill('bad\u202ename');
  await field.line(page).fill('echo "open');
  await page.getByLabel('Memory').fill('8GB');
  await page.getByLabel('Cores').fill('many');
  await page.getByLabel('Longest time').fill('600');
  await page.getByLabel('Elements').fill('0');
  await page.getByLabel('Tries again').fill('21');
  await page.getByRole('button', { name: 'From an address' }).click();
  await page.getByRole('group', { name: 'Input 1' }).getByLabel('From').fill('ftp://example.org/x');
  await page.getByRole('group', { name: 'Input 1' }).getByLabel('To').fill('../x');
  await page.getByRole('button', { name: 'Add an output' }).click();
  await page.getByLabel('Path or pattern').fill('/etc/*');
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByLabel('Variable', { exact: true }).fill('RS_INDEX');
  await page.getByText('11 mistakes to correct').waitFor();

  const described = (label) =>
    label.evaluate((node) =>
      (node.getAttribute('aria-describedby') ?? '')
        .split(' ')
        .map((id) => document.getElementById(id)?.textContent ?? '')
        .join(' '),
    );
  const expected = [
    [page.getByLabel('Name', { exact: true }), /printable/],
    [field.line(page), /never closed/],
    [page.getByLabel('Memory'), /GiB/],
    [page.getByLabel('Cores'), /number/],
    [page.getByLabel('Longest time'), /10m/],
    [page.getByLabel('Elements'), /between 1/],
    [page.getByLabel('Tries again'), /at most 20/],
    [page.getByRole('group', { name: 'Input 1' }).getByLabel('From'), /no known kind/],
    [page.getByRole('group', { name: 'Input 1' }).getByLabel('To'), /inside the work directory/],
    [page.getByLabel('Path or pattern'), /leading/],
    [page.getByLabel('Variable', { exact: true }), /Roadstead/],
  ];
  for (const [label, pattern] of expected) {
    assert.equal(await label.getAttribute('aria-invalid'), 'true', String(pattern));
    assert.match(await described(label), pattern);
  }
  assert.ok(await field.start(page).isDisabled());
  world.forgive(page, REFUSED);
  await check(page);
  await world.picture(page, 'new-run-mistakes');

  // From the list to the field, by keyboard.
  await page.getByRole('button', { name: /resources\.memory/ }).press('Enter');
  assert.ok(await page.getByLabel('Memory').evaluate((node) => node === document.activeElement));
  await page.getByLabel('Memory').fill('8GiB');
  await page.getByText('10 mistakes to correct').waitFor();
  assert.notEqual(await page.getByLabel('Memory').getAttribute('aria-invalid'), 'true');
});

test('the form and the file follow each other', async () => {
  const page = await open();
  const written = '# mine\nname = "both" # keep\ncommand = ["echo", "a b"]\n\n[resources]\ncores = 2\n';
  await field.file(page).fill(written);
  await text(page.getByLabel('Name', { exact: true }), /^both$/);
  assert.equal(await field.line(page).inputValue(), "echo 'a b'");
  assert.equal(await page.getByLabel('Cores').inputValue(), '2');

  await page.getByLabel('Cores').fill('1.5');
  await page.getByLabel('Disk').fill('2GiB');
  assert.equal(await file(page, /2GiB/), `${written.replace('cores = 2', 'cores = 1.5')}disk = "2GiB"\n`);

  // What cannot be read stops the form, and is said with its line; nothing that was typed is lost.
  await field.file(page).fill(`${written}[oops\n`);
  await page.getByText('The file cannot be read: line 7').waitFor();
  assert.ok(await field.line(page).isDisabled());
  assert.ok(await field.start(page).isDisabled());
  world.forgive(page, REFUSED);
  await check(page);
  await field.file(page).fill(`${written}nodes = "x"\nnodez = 1\n`);
  await page.getByText('2 mistakes to correct').waitFor();
  await page.getByText('did you mean “nodes”?').first().waitFor();

  await field.file(page).fill(written);
  await page.getByText('YAML', { exact: true }).click();
  await file(page, /^name: both\n/);
  await field.file(page).press('End');
  await field.file(page).fill('name: both # mine\ncommand:\n  - echo\n  - "a b"\nenv:\n  A: "1"\n');
  await page.getByLabel('Value').fill('2');
  assert.match(await file(page, /A: "2"/), /# mine/);
  await page.getByText('JSON', { exact: true }).click();
  const json = JSON.parse(await file(page, /^\{/));
  assert.deepEqual(json, { name: 'both', command: ['echo', 'a b'], env: { A: '2' } });

  // A container takes the words along.
  await page.getByText('A container', { exact: true }).click();
  await page.getByLabel('Image').fill('python:3');
  const inContainer = JSON.parse(await file(page, /python:3/));
  assert.deepEqual(inContainer.container, { image: 'python:3', command: ['echo', 'a b'] });
  assert.equal(inContainer.command, undefined);
  world.forgive(page, REFUSED);
  await check(page);
});

test('what is not possible is said with its reasons', async () => {
  const page = await open();
  await field.line(page).fill('true');
  await page.getByLabel('Accelerators').fill('8');
  const place = page.getByRole('region', { name: 'Where it could run' });
  await place.getByText('8 accelerators wanted; there is none.').waitFor();
  await place.getByText('without accelerators: 1 service').waitFor();
  await page.getByText('No service can run this as it is.').waitFor();
  assert.ok(await field.start(page).isDisabled());
  await check(page);
});

test('one of several offers is taken alone, in the form and in the file, and not any more', async () => {
  const page = await world.page();
  await page.route(/\/api\/v1\/plans$/, async (route) => {
    const response = await route.fetch();
    const plan = await response.json();
    const wished = JSON.parse(route.request().postData() ?? '{}').where?.service;
    const [offer] = plan.offers;
    // As if there were another computer.
    if (offer && wished === undefined) plan.offers.push({ ...offer, service: 'other', site: 'there' });
    await route.fulfill({ response, json: plan });
  });
  await page.goto(world.at('new'));
  await field.file(page).fill('# mine\ncommand = ["true"]\n');
  const place = page.getByRole('region', { name: 'Where it could run' });
  await place.getByRole('button', { name: 'Only here: other, there' }).waitFor();
  const only = place.getByRole('button', { name: 'Only here: local, here' });
  await only.click();
  assert.match(await file(page, /service/), /^# mine\n[\s\S]*\[where\]\nsite = "here"\nservice = "local"\n$/);
  await place.getByText('at there').waitFor({ state: 'detached' });
  assert.equal(await only.getAttribute('aria-pressed'), 'true');
  assert.equal(await page.getByLabel('Service', { exact: true }).inputValue(), 'local');
  await check(page);
  await only.click();
  await place.getByText('at there').waitFor();
  assert.equal(await field.file(page).inputValue(), '# mine\ncommand = ["true"]\n');
  await check(page);
});

test('files are uploaded, through a cut, and are inputs', async () => {
  const page = await open();
  const bytes = Buffer.alloc(9 << 20, 'roadstead\n');
  let cut = false;
  await page.route('**/uploads/*/content', (route) => {
    const second = route.request().headers()['content-range']?.startsWith('bytes 4194304-');
    if (!second || cut) return route.continue();
    cut = true;
    return route.abort('connectionreset');
  });
  const name = '<img src=x onerror=alert(1)>.txt';
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([{ name, mimeType: 'text/plain', buffer: bytes }]);
  await page.getByText(`Your upload “${name}”, 9 MiB`).waitFor();
  assert.ok(cut, 'the connection was cut');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await file(page, new RegExp(sha256));

  // Dropped, and there already: nothing is sent twice.
  let sent = 0;
  page.on('request', (request) => {
    if (request.method() === 'PUT') sent++;
  });
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'b.txt'));
    return transfer;
  }, bytes.toString());
  const inputs = page.getByRole('region', { name: 'Inputs' });
  await inputs.dispatchEvent('dragover', { dataTransfer: data });
  await inputs.dispatchEvent('drop', { dataTransfer: data });
  await page.getByRole('group', { name: 'Input 2' }).waitFor();
  assert.equal(sent, 0);

  await page.getByRole('group', { name: 'Input 1' }).getByLabel('To').fill('a.txt');
  await field.line(page).fill('cmp a.txt b.txt');
  // The same upload has the same name: two files of one name need two places.
  await page.getByRole('group', { name: 'Input 2' }).getByLabel('To').fill('b.txt');
  await page.getByText('Ready.').waitFor();
  world.forgive(page, /ERR_CONNECTION_RESET|status of 422/);
  await check(page);
  await world.picture(page, 'new-run-inputs');
  await field.start(page).click();
  assert.equal((await world.ended(await startedRun(page))).outcome, 'done');
});

test('outputs of another run are chosen as inputs', async () => {
  const made = await world.submit({
    name: 'maker',
    command: ['sh', '-c', 'mkdir 7; echo seven > 7/x.txt; echo b > b.txt'],
    outputs: [{ path: '**' }],
  });
  await world.ended(made.id);
  const page = await open();
  await page.getByRole('button', { name: 'From a run' }).click();
  const dialog = page.getByRole('dialog', { name: 'Outputs of a run' });
  await dialog.getByLabel('Run', { exact: true }).selectOption(made.id);
  await dialog.getByRole('checkbox', { name: '7/x.txt' }).check();
  await check(page);
  await dialog.getByRole('button', { name: 'Add 1 file' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await field.line(page).fill('grep seven 7/x.txt');
  assert.match(await file(page, /grep/), new RegExp(`run:${made.id}/\\./7/x\\.txt`));
  await page.getByText('Ready.').waitFor();
  await field.start(page).click();
  assert.equal((await world.ended(await startedRun(page))).outcome, 'done');
});

test('what only the start can find is said at its field too', async () => {
  const page = await open();
  await field.line(page).fill('true');
  await page.getByRole('combobox', { name: 'After' }).fill('nobody-knows-it');
  await page.getByRole('combobox', { name: 'After' }).press('Enter');
  await page.getByText('Ready.').waitFor();
  await field.start(page).click();
  await page.getByText('There is no run `nobody-knows-it` of yours.').first().waitFor();
  await page.getByText('1 mistake to correct').waitFor();
  world.forgive(page, REFUSED);
  await check(page);
});

test('started twice, or with a lost answer, it is one run', async () => {
  const page = await open();
  await page.getByLabel('Name', { exact: true }).fill('clicked-twice');
  await field.line(page).fill('true');
  await page.getByText('Ready.').waitFor();
  await field.start(page).dblclick();
  await startedRun(page);
  assert.equal(await countRuns('clicked-twice'), 1);

  await page.goto(world.at('new'));
  await page.getByLabel('Name', { exact: true }).fill('answer-lost');
  await field.line(page).fill('true');
  await page.getByText('Ready.').waitFor();
  // The gateway makes the run, and nobody hears of it: for so long that the page gives up, and is then loaded again.
  let lost = 0;
  await page.route('**/api/v1/runs', async (route) => {
    if (route.request().method() !== 'POST' || lost >= 4) return route.continue();
    lost++;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await field.start(page).click();
  await page.getByText('The gateway cannot be reached').waitFor();
  assert.equal(lost, 4);
  world.forgive(page, /ERR_CONNECTION_RESET|status of 422/);
  await check(page);
  await page.reload();
  await page.getByText('Ready.').waitFor();
  await field.start(page).click();
  await startedRun(page);
  assert.equal(await countRuns('answer-lost'), 1);
});

test('a workflow file is named in the form, checked at its fields, and shown with the run', async () => {
  const page = await open();
  const buffer = Buffer.from('cwlVersion: v1.2\n');
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([{ name: 'find.cwl', mimeType: 'text/plain', buffer }]);
  await page.getByRole('group', { name: 'Input 1' }).waitFor();
  await page.getByRole('button', { name: 'Add a workflow' }).click();
  const workflow = page.getByRole('region', { name: 'Workflow' });
  const named = workflow.getByLabel('Workflow file');
  const language = workflow.getByLabel('Language');
  assert.equal(await named.inputValue(), 'find.cwl');
  assert.match(await language.innerText(), /CWL, by the file’s name/);
  await workflow.getByLabel('Arguments', { exact: true }).fill("job.json --note 'two words'");
  // Its language's engine is the command.
  await page.getByText('Ready.').waitFor();
  await file(page, /\[workflow\]|workflow = /);
  await file(page, /"two words"/);

  await named.fill('other.txt');
  await page.getByText('2 mistakes to correct').waitFor();
  await workflow.getByText(/is not the destination/).waitFor();
  await workflow.getByText(/cannot be told from the file's name/).waitFor();
  await language.selectOption('snakemake');
  await page.getByText('1 mistake to correct').waitFor();
  await file(page, /language = "snakemake"/);
  world.forgive(page, REFUSED);
  await check(page);
  await world.picture(page, 'new-run-workflow');
  await named.fill('find.cwl');
  await language.selectOption('');
  await field.line(page).fill('grep cwlVersion find.cwl');
  await page.getByText('Ready.').waitFor();
  await field.start(page).click();
  const run = await world.ended(await startedRun(page));
  assert.equal(run.outcome, 'done');
  assert.deepEqual(run.request.workflow, { file: 'find.cwl', arguments: ['job.json', '--note', 'two words'] });
  await page.getByRole('tab', { name: 'Provenance' }).click();
  await page.getByText('find.cwl (CWL)').waitFor();
  await world.picture(page, 'run-provenance-workflow');
  await page.getByRole('link', { name: 'New run from this' }).click();
  await page.getByText(/^Filled in from/).waitFor();
  assert.equal(await workflow.getByLabel('Arguments', { exact: true }).inputValue(), "job.json --note 'two words'");
  await page.getByRole('button', { name: 'Remove the workflow' }).click();
  await until(async () => !/\[workflow\]|workflow = /.test(await field.file(page).inputValue()), 'it is gone');
});

test('a run is filled in again, and the draft from before is not lost', async () => {
  const run = await world.submit({ name: 'first-time', command: ['echo', 'x y'], env: { A: '1' }, retries: 2 });
  const page = await open();
  await field.line(page).fill('my own work');
  await file(page, /my/);
  await page.goto(world.at(`new?from=${run.id}`));
  await page.getByText('Filled in from first-time.').waitFor();
  assert.equal(await field.line(page).inputValue(), "echo 'x y'");
  assert.equal(await page.getByLabel('Tries again').inputValue(), '2');
  assert.doesNotMatch(await field.file(page).inputValue(), /tasks_per_node|kind/);
  await page.getByRole('button', { name: 'Take it back' }).click();
  await text(field.line(page), /^my own work$/);

  await page.goto(world.at('new'));
  await field.line(page).waitFor();
  await page.goto(world.at(`new?from=${run.id}`));
  await page.getByText('Filled in from first-time.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('second-time');
  await page.getByText('Ready.').waitFor();
  world.forgive(page, REFUSED);
  await check(page);
  await field.start(page).click();
  const again = await world.ended(await startedRun(page));
  assert.deepEqual([again.name, again.outcome], ['second-time', 'done']);
  assert.deepEqual(again.request.command, ['echo', 'x y']);
});

test('a draft outlives a reload without its secrets, and can be cleared', async () => {
  const page = await open();
  const hostile = '<script>window.caught=1</script>\u202egnp.exe';
  await field.line(page).fill(`echo '${hostile}'`);
  await page.getByRole('button', { name: 'Add a variable' }).click();
  await page.getByLabel('Variable', { exact: true }).fill('API_TOKEN');
  await page.getByLabel('Value').fill('hunter2');
  await page.getByText('This looks like a secret').waitFor();
  await file(page, /hunter2/);
  await page.reload();
  await text(field.line(page), /script/);
  assert.deepEqual(await page.getByRole('list', { name: 'As words' }).getByRole('listitem').allTextContents(), [
    'echo',
    hostile,
  ]);
  assert.equal(await page.getByLabel('Value').inputValue(), '');
  assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage })), /hunter2/);
  assert.equal(await page.evaluate('window.caught'), undefined);
  await check(page);

  await page.getByRole('button', { name: 'Clear' }).click();
  await page.getByText('The draft was cleared.').waitFor();
  assert.equal(await field.file(page).inputValue(), '');
  await page.reload();
  await field.line(page).waitFor();
  assert.equal(await field.line(page).inputValue(), '');
  assert.equal(await page.getByRole('button', { name: 'Clear' }).count(), 0);
});

test('it is used at 400 pixels, in the dark, by keyboard', async () => {
  // So many names that the choice of what to wait for scrolls.
  for (let i = 0; i < 8; i++) await world.submit({ name: `offered-${i}`, command: ['true'] });
  const page = await open({ width: 400, scheme: 'dark' });
  await field.line(page).focus();
  await page.keyboard.type('echo narrow');
  await page.getByText('Ready.').waitFor();
  await check(page);
  const focused = () =>
    page.evaluate(() => {
      const node = document.activeElement ?? document.body;
      // A choice is drawn by its label.
      const drawn = (node instanceof HTMLInputElement && node.type === 'radio' && node.labels?.[0]) || node;
      const box = drawn.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
      const seen = drawn.contains(top) || (top?.contains(drawn) ?? false);
      return { name: node.textContent ?? '', seen, offers: node.getAttribute('role') === 'combobox' };
    });
  const reached = async () => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      // The page scrolls to it a moment later.
      await until(async () => (await focused()).seen, `stop ${i} is in sight when it has the focus`, 10);
      const { name, offers } = await focused();
      if (name === 'Start') return true;
      // What it offers is there before it is left again, and no stop of its own.
      if (offers) await page.getByRole('option', { name: 'offered-0' }).waitFor();
    }
    return false;
  };
  assert.ok(await reached());
  await page.keyboard.press('Enter');
  assert.equal((await world.ended(await startedRun(page))).outcome, 'done');
});
