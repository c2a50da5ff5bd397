// Behind nginx, configured as the book says: what it prints is what is tried here.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from './harness.mjs';
import { Provider, signedIn } from './provider.mjs';

const PREFIX = '/far/roadstead';
const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((path) => {
  try {
    execFileSync(path, ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
const skip = nginx ? false : 'nginx is not installed';
const directory = mkdtempSync(join(tmpdir(), 'portal-nginx-'));
let proxy;
let provider;
let world;

/** Ports that were free a moment ago: each side has to know the other's before it starts. */
async function freePorts() {
  const servers = [0, 1].map(() => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once('listening', resolve))));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The page's own configuration, with the addresses of this test. */
function configuration(outside, inside) {
  const page = readFileSync(new URL('../../docs/administrators/proxy.md', import.meta.url), 'utf8');
  const [, location] = /```nginx\n([\s\S]*?)```/.exec(page);
  const ours = location
    .replace('location /roadstead/', `location ${PREFIX}/`)
    .replace('http://127.0.0.1:7480', `http://127.0.0.1:${inside}`);
  assert.notEqual(ours, location);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join('\n');
  return `daemon off; pid ${directory}/pid; error_log ${directory}/error.log; ${process.getuid() === 0 ? 'user root;' : ''}
    events {}
    http {
      access_log off;
      gzip on; gzip_types text/event-stream application/json;
      ${temporary}
      server { listen 127.0.0.1:${outside}; server_name _; ${ours} }
    }`;
}

before(async () => {
  if (skip) return;
  const [outside, inside] = await freePorts();
  writeFileSync(join(directory, 'nginx.conf'), configuration(outside, inside));
  proxy = spawn(nginx, ['-c', join(directory, 'nginx.conf'), '-e', join(directory, 'error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${outside}${PREFIX}`;
  provider = await Provider.start();
  await provider.door('client', {
    client_id: 'gateway',
    changes: { redirect_uris: [`${url}/login/checkin/callback`] },
  });
  await until(
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    'nginx answers',
  );
  const settings = [`listen = "127.0.0.1:${inside}"`, `public_url = "${url}"`, 'trusted_proxies = ["127.0.0.1"]'];
  world = await provider.openWorld(settings.join('\n'), `127.0.0.1:${inside}`);
});
after(async () => {
  await world?.close();
  provider?.close();
  proxy?.kill();
  rmSync(directory, { recursive: true, force: true });
});

test('one signs in through it, and what happens is seen as it happens', { skip }, async () => {
  const alice = await signedIn(world, 'Alice Astronomer', { path: 'account' });
  assert.match(alice.url(), new RegExp(`${PREFIX}/account$`));
  await alice.context().close();

  const page = await world.page();
  const run = await world.submit({ name: 'far-away', command: ['sh', '-c', 'echo begun; sleep 300'] });
  await page.goto(world.at(`runs/${run.id}?tab=log`));
  await page.getByText('begun').waitFor();
  // Nothing is loaded anew: the stream brings it, although the proxy could hold it back.
  await world.gateway.ask('POST', `runs/${run.id}/cancel`);
  await page.getByText('Cancelled', { exact: true }).first().waitFor();
  await world.check(page);
  await page.context().close();
});

test('bytes pass in both directions, more than nginx takes by itself', { skip }, async () => {
  const content = Buffer.alloc(3 << 20, 'sea');
  const upload = await world.gateway.ask('POST', 'uploads', { name: 'sea.txt', bytes: content.length });
  const authorization = `Bearer ${world.gateway.token}`;
  const range = `bytes 0-${content.length - 1}/${content.length}`;
  const sent = await fetch(world.at(`api/v1/uploads/${upload.id}/content`), {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/octet-stream', 'content-range': range },
    body: content,
  });
  assert.ok(sent.ok, `${sent.status} ${await sent.text()}`);
  await world.gateway.ask('POST', `uploads/${upload.id}/complete`, {});
  const run = await world.submit({
    command: ['cp', 'in', 'out'],
    inputs: [{ from: `upload:${upload.id}`, to: 'in' }],
    outputs: [{ path: 'out' }],
  });
  assert.equal((await world.ended(run.id)).outcome, 'done');
  const got = await fetch(world.at(`api/v1/runs/${run.id}/outputs/0/out`), { headers: { authorization } });
  assert.ok(content.equals(Buffer.from(await got.arrayBuffer())));
});
