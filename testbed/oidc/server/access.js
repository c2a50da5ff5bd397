// What oidc-provider leaves to others once access tokens are meant for a resource: userinfo with any of them, and
// introspection and revocation of those that are JWTs.
import { answer, bodyOf } from './http.js';

const isJwt = (token) => (token ?? '').split('.').length === 3;

// True when the request was answered here.
export async function answerAboutToken(instance, path, request, response) {
  const { routes } = instance.flavour;
  if (path === routes.userinfo) return userinfo(instance, request, response);
  if (request.method !== 'POST' || ![routes.introspection, routes.revocation].includes(path)) return false;
  const fields = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
  if (!isJwt(fields.token)) {
    request.body = fields; // the provider cannot read the stream a second time
    return false;
  }
  if (!(await instance.clientOf(request, fields))) return said(answer(response, 401, { error: 'invalid_client' }));
  const payload = await instance.accessToken(fields.token);
  if (path === routes.revocation) {
    if (payload) instance.revoked.add(payload.jti);
    return said(answer(response, 200, {}));
  }
  return said(answer(response, 200, payload ? { active: true, token_type: 'Bearer', ...payload } : { active: false }));
}

async function userinfo(instance, request, response) {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const payload = token && (await instance.accessToken(token));
  const name = payload && instance.people.bySubject(payload.sub);
  const scopes = (payload?.scope ?? '').split(' ');
  if (name && scopes.includes('openid')) return said(answer(response, 200, instance.people.claimsFor(name, scopes)));
  const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' };
  return said(answer(response, 401, { error: 'invalid_token' }, challenge));
}

const said = () => true;
