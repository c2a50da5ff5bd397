// What no real issuer has: doors below /test/ by which tests, not people, bring things about. The README lists them.
import { randomUUID } from 'node:crypto';
import * as jose from 'jose';
import { answer, formOf } from './http.js';

const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout';

const doors = {
  users: (instance) => Object.fromEntries(instance.people.names().map((name) => [name, instance.people.claims(name)])),

  person(instance, { name, changes }) {
    instance.people.set(name, parsed(changes));
    return { ok: true };
  },

  async client(instance, { client_id, changes }) {
    await instance.changeClient(client_id, parsed(changes));
    return { ok: true };
  },

  async token(instance, wanted) {
    const { payload, header } = shape(instance, wanted);
    const text = await sign(instance, payload, header, wanted.bad);
    return { access_token: text, token_type: 'Bearer', expires_in: payload.exp - payload.iat, scope: payload.scope };
  },

  async approve(instance, { user_code, user = 'alice', deny }) {
    const code = await instance.provider.DeviceCode.findByUserCode((user_code ?? '').toUpperCase().replace(/\W/g, ''));
    if (!code || !instance.people.has(user)) return { error: 'unknown user_code or user' };
    if (deny) Object.assign(code, { error: 'access_denied', errorDescription: 'the person refused' });
    else await approve(instance, code, user);
    await code.save();
    return { ok: true, client_id: code.clientId, user };
  },

  // Ends every session of a person here and tells the clients (back-channel logout).
  async logout(instance, { user }) {
    const told = [];
    for (const session of instance.store
      .all('Session')
      .filter((one) => one.accountId === instance.people.subject(user))) {
      for (const [clientId, { sid }] of Object.entries(session.authorizations ?? {})) {
        const client = await instance.provider.Client.find(clientId);
        if (!client?.backchannelLogoutUri) continue;
        const sent = client.backchannelLogout(session.accountId, sid);
        told.push(
          await sent
            .then(() => ({ clientId, sid, ok: true }))
            .catch((error) => ({ clientId, sid, ok: false, error: String(error) })),
        );
      }
      await (await instance.provider.Session.find(session.jti))?.destroy();
    }
    return { told };
  },

  async rotate(instance, { overlap }) {
    await instance.rotate({ overlap: Boolean(overlap) });
    return { kids: instance.keys.keys.map((key) => key.kid) };
  },

  // mode: 503 | slow_down | slow | hang | cut | off; path: only addresses that contain it
  outage(instance, { mode = 'off', path = '' }) {
    instance.outage = mode === 'off' ? undefined : { mode, path };
    return { ok: true };
  },

  // Secrets that are good now: for whoever looks whether one got out.
  issued: (instance) => ({ refresh: instance.store.all('RefreshToken').map((one) => one.jti) }),

  counts: (instance) => ({ requests: instance.requests, exchanges: instance.exchanges }),
};

export async function openTestDoor(instance, path, url, request, response) {
  const door = doors[path.slice('/test/'.length)];
  if (!door) return answer(response, 404, { error: 'no such door' });
  const fields = {
    ...Object.fromEntries(url.searchParams),
    ...(request.method === 'POST' ? await formOf(request) : {}),
  };
  const result = await door(instance, fields);
  return answer(response, result.error ? 404 : 200, result);
}

const parsed = (value) => (typeof value === 'string' ? JSON.parse(value) : value);

// kind: access | id | logout; user, client_id, scope, aud, ttl, iss, alg, nonce; `header` and `extra` are JSON objects
// laid over the result, in which null removes; bad: sig | exp | iss | none.
function shape(instance, wanted) {
  const { user = 'alice', client_id = 'gateway-cli', kind = 'access', alg = instance.settings.algorithm, bad } = wanted;
  if (!instance.people.has(user)) throw new Error(`there is no ${user}`);
  const scope = wanted.scope ?? instance.flavour.usualScopes;
  const now = Math.floor(Date.now() / 1000);
  const claims = instance.settings.thin
    ? { sub: instance.people.subject(user) }
    : instance.people.claimsFor(user, scope.split(' '));
  const common = {
    iss: wanted.iss ?? instance.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + Number(wanted.ttl ?? instance.lifetime),
  };
  if (bad === 'exp') common.exp = now - 3600;
  if (bad === 'iss') common.iss = 'https://evil.example/';
  const kinds = {
    access: [
      {
        ...instance.flavour.extraAccessClaims(),
        ...claims,
        ...common,
        nbf: now,
        scope,
        client_id,
        aud: wanted.aud ?? instance.audience,
      },
      'at+jwt',
    ],
    id: [{ ...claims, ...common, aud: wanted.aud ?? client_id, nonce: wanted.nonce }, undefined],
    logout: [{ sub: claims.sub, ...common, aud: wanted.aud ?? client_id, events: { [LOGOUT]: {} } }, 'logout+jwt'],
  };
  const [payload, typ] = kinds[kind];
  return { payload: laid(payload, wanted.extra), header: laid({ alg, typ }, wanted.header) };
}

function laid(object, over) {
  const all = { ...object, ...(over ? parsed(over) : {}) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));
}

async function sign(instance, payload, header, bad) {
  if (bad === 'none') return new jose.UnsecuredJWT(payload).encode();
  if (bad !== 'sig') return instance.keys.sign(payload, header);
  const stranger = await instance.keys.generate(header.alg);
  return instance.keys.sign(payload, header, { ...stranger, kid: instance.keys.signing(header.alg).kid });
}

async function approve(instance, code, user) {
  const asked = (code.params.scope ?? 'openid').split(' ');
  const scope = asked.filter((one) => instance.flavour.scopes.includes(one)).join(' ');
  Object.assign(code, {
    accountId: instance.people.subject(user),
    grantId: await instance.grant(user, code.clientId, scope),
    authTime: Math.floor(Date.now() / 1000),
    resource: instance.resource,
    nonce: code.params.nonce,
    claims: {},
    amr: ['pwd'],
    scope,
  });
}
