// Token exchange (RFC 8693), which oidc-provider does not have: this part is ours, not certified.
//
// A client may exchange an access token that this issuer gave to *it*, for one with an audience from its own list
// (`exchange_audiences`), with at most the scopes it has and living no longer. Everything else is refused.
import { randomUUID } from 'node:crypto';
import { errors } from 'oidc-provider';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const PARAMETERS = [
  'subject_token',
  'subject_token_type',
  'requested_token_type',
  'actor_token',
  'actor_token_type',
  'audience',
  'resource',
  'scope',
];
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

export function exchangeHandler(instance) {
  return async (context) => {
    const { params, client } = context.oidc;
    check(params);
    const subject = await instance.accessToken(params.subject_token);
    if (!subject) throw new errors.InvalidGrant('subject_token is not valid');
    if (subject.client_id !== client.clientId)
      throw new errors.InvalidGrant('subject_token was given to another client');
    if (!(client.exchange_audiences ?? []).includes(params.audience)) {
      throw new errors.InvalidTarget('no token for this audience');
    }
    const had = (subject.scope ?? '').split(' ').filter(Boolean);
    const asked = params.scope ? params.scope.split(' ').filter(Boolean) : had;
    const more = asked.filter((scope) => !had.includes(scope));
    if (more.length > 0) throw new errors.InvalidScope('subject_token has not these scopes', more.join(' '));

    instance.exchanges += 1;
    const now = Math.floor(Date.now() / 1000);
    const ends = Math.min(subject.exp, now + instance.lifetime);
    const name = instance.people.bySubject(subject.sub);
    const claims = name ? instance.people.claimsFor(name, asked) : {};
    const payload = {
      ...instance.flavour.extraAccessClaims(),
      ...claims,
      ...{ iss: instance.issuer, sub: subject.sub, aud: params.audience, client_id: client.clientId },
      ...{ scope: asked.join(' '), jti: randomUUID(), iat: now, nbf: now, exp: ends },
    };
    context.body = {
      access_token: await instance.keys.sign(payload, { alg: instance.settings.algorithm, typ: 'at+jwt' }),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: ends - now,
      scope: payload.scope,
    };
  };
}

function check(params) {
  const refuse = (words) => {
    throw new errors.InvalidRequest(words);
  };
  if (!params.subject_token) refuse('subject_token is missing');
  if (params.subject_token_type !== ACCESS_TOKEN) refuse('subject_token_type must be that of access tokens');
  if ((params.requested_token_type ?? ACCESS_TOKEN) !== ACCESS_TOKEN) refuse('only access tokens are given');
  if (params.actor_token) refuse('actor_token is not supported');
  if (params.resource) refuse('resource is not supported, audience is');
  if (!params.audience) throw new errors.InvalidTarget('audience is missing');
}
