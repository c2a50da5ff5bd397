// node server/main.js --flavour egi|iam --state DIRECTORY [...]: one issuer. Its first line of output says where it is:
// {"issuer": "...", "port": 1234, "audience": "..."}, with --doors also {"doors": 1235}. It ends with SIGTERM.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { answerAboutToken } from './access.js';
import { answer } from './http.js';
import { Instance } from './instance.js';
import { interact } from './interaction.js';
import { suffer } from './outage.js';
import { read } from './settings.js';
import { openTestDoor } from './test-doors.js';

let instance; // once the port is known

async function handle(request, response) {
  const { prefix } = instance.flavour;
  const url = new URL(request.url, instance.issuer);
  const path = url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : url.pathname;
  if (path.startsWith('/test/')) return openTestDoor(instance, path, url, request, response);
  instance.requests[path] = (instance.requests[path] ?? 0) + 1;
  if (await suffer(instance, path, response)) return undefined;
  if (path.startsWith('/interaction/')) return interact(instance, request, response);
  if (await answerAboutToken(instance, path, request, response)) return undefined;
  if (prefix && url.pathname.startsWith(`${prefix}/`)) {
    // How a provider below a path is told of it.
    request.originalUrl = request.url;
    request.baseUrl = prefix;
    request.url = request.url.slice(prefix.length);
  }
  return instance.handle(request, response);
}

function onRequest(request, response) {
  handle(request, response).catch((error) => {
    console.error(error);
    if (!response.headersSent) answer(response, 500, { error: 'server_error', error_description: String(error) });
  });
}

// For tests that trust nobody's authority but have to get tokens.
function onDoorRequest(request, response) {
  const open = new URL(request.url, instance.issuer).pathname.startsWith('/test/');
  return open ? onRequest(request, response) : answer(response, 404, { error: 'only doors for tests are here' });
}

async function listen(server, port) {
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server.address().port;
}

const settings = read();
const credentials = settings.tls && {
  key: readFileSync(join(settings.state, 'tls.key')),
  cert: readFileSync(join(settings.state, 'tls.pem')),
};
const server = settings.tls ? https.createServer(credentials, onRequest) : http.createServer(onRequest);
const port = await listen(server, settings.port);
instance = await Instance.start(settings, `${settings.tls ? 'https' : 'http'}://${settings.host}:${port}`);
const doors = settings.doors ? await listen(http.createServer(onDoorRequest), 0) : undefined;
const { issuer, audience } = instance;
console.log(JSON.stringify({ issuer, audience, port, doors }));
process.on('SIGTERM', () => process.exit(0));
