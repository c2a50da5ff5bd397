// The certified provider (npm oidc-provider), set up like one flavour.
import { Provider } from 'oidc-provider';
import { EXCHANGE, exchangeHandler, PARAMETERS } from './exchange.js';

export function makeProvider(instance) {
  const { flavour, issuer, people, store, settings } = instance;
  const algorithm = settings.algorithm;
  const format = settings.opaque
    ? { accessTokenFormat: 'opaque' }
    : { accessTokenFormat: 'jwt', jwt: { sign: { alg: algorithm, kid: instance.keys.signing(algorithm).kid } } };
  const provider = new Provider(issuer, {
    adapter: store.adapter(),
    clients: [],
    jwks: instance.keys.jwks(),
    routes: flavour.routes,
    scopes: flavour.scopes,
    claims: flavour.claimsOfScopes,
    clientDefaults: { id_token_signed_response_alg: algorithm },
    // Both real ones put the claims into the id_token as well; `--thin` is how others do.
    conformIdTokenClaims: settings.thin,
    cookies: { keys: ['testbed'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: instance.lifetime,
      ClientCredentials: instance.lifetime,
      IdToken: 3600,
      AuthorizationCode: 60,
      DeviceCode: settings.deviceLifetime,
      Interaction: 600,
      RefreshToken: 30 * 86400,
      Grant: 30 * 86400,
      Session: 86400,
    },
    findAccount: async (_context, subject) => {
      const name = people.bySubject(subject);
      if (!name) return undefined;
      return { accountId: subject, claims: async (_use, scope) => people.claimsFor(name, scope.split(' ')) };
    },
    issueRefreshToken: async (_context, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    extraTokenClaims: async (_context, token) => {
      const name = people.bySubject(token.accountId);
      if (!name || settings.thin) return {};
      const { sub, ...claims } = people.claimsFor(name, (token.scope ?? '').split(' '));
      return { ...flavour.extraAccessClaims(), ...claims };
    },
    interactions: { url: (_context, interaction) => `${flavour.prefix}/interaction/${interaction.uid}` },
    extraClientMetadata: { properties: ['exchange_audiences'] },
    // It refuses to send anything to loopback, which is where everything of a test is.
    fetch: (url, options) => globalThis.fetch(url, { ...options, dispatcher: undefined }),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      registration: { enabled: settings.flavour === 'iam' },
      revocation: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: { enabled: true },
      userinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async (_context, _client, one) => one ?? instance.resource,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_context, asked) => ({
          ...format,
          scope: flavour.scopes.join(' '),
          audience: asked === instance.resource ? instance.audience : asked,
          accessTokenTTL: instance.lifetime,
        }),
      },
    },
  });
  provider.registerGrantType(EXCHANGE, exchangeHandler(instance), PARAMETERS);
  provider.on('server_error', (_context, error) => console.error('server_error', error));
  provider.on('grant.error', (_context, error) => console.error('grant.error', error.error, error.error_detail ?? ''));
  return provider;
}
