// One running issuer: its provider, and what the parts around it share.
import { flavours } from './flavours.js';
import { Keys } from './keys.js';
import { People } from './people.js';
import { makeProvider } from './provider.js';
import { Store } from './store.js';

export class Instance {
  constructor(settings, origin, keys) {
    this.settings = settings;
    this.keys = keys;
    this.flavour = flavours[settings.flavour];
    this.issuer = this.flavour.issuer(origin);
    this.audience = this.flavour.audience(origin);
    this.resource = `${origin}/api`; // by which the provider knows the audience
    this.lifetime = settings.lifetime ?? this.flavour.lifetime;
    this.people = new People(this.flavour, settings.seed.people);
    this.store = new Store();
    this.revoked = new Set();
    this.outage = undefined;
    this.requests = {};
    this.exchanges = 0;
    this.renew();
  }

  static async start(settings, origin) {
    const instance = new Instance(settings, origin, await Keys.open(settings.state, settings.flavour));
    for (const client of settings.seed.clients) await instance.changeClient(client.client_id, client);
    return instance;
  }

  renew() {
    this.provider = makeProvider(this);
    this.handle = this.provider.callback();
  }

  async rotate(how) {
    await this.keys.rotate(how);
    this.renew();
  }

  async changeClient(id, changes) {
    const clients = new (this.store.adapter())('Client');
    await clients.upsert(id, { ...(await clients.find(id)), ...changes, client_id: id });
  }

  // The client that a request proves to be from.
  async clientOf(request, fields) {
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const decoded = (text) => decodeURIComponent(text.replaceAll('+', ' '));
    const [id, secret] = basic
      ? Buffer.from(basic, 'base64').toString().split(':').map(decoded)
      : [fields.client_id, fields.client_secret];
    const client = id && (await this.provider.Client.find(id));
    return client && (client.clientSecret ?? '') === (secret ?? '') ? client : undefined;
  }

  // What a valid access token of this issuer says, be it a JWT or opaque.
  async accessToken(text) {
    if (text.split('.').length === 3) {
      const payload = await this.keys.verified(text, this.issuer);
      return payload && !this.revoked.has(payload.jti) && payload.scope !== undefined ? payload : undefined;
    }
    const token = await this.provider.AccessToken.find(text);
    if (!token?.isValid) return undefined;
    const { accountId: sub, clientId: client_id, scope, exp } = token;
    return { sub, client_id, scope, exp };
  }

  async grant(name, clientId, scope) {
    const grant = new this.provider.Grant({ accountId: this.people.subject(name), clientId });
    const known = scope
      .split(' ')
      .filter((one) => this.flavour.scopes.includes(one))
      .join(' ');
    grant.addOIDCScope(known);
    grant.addResourceScope(this.resource, known);
    return grant.save();
  }
}
