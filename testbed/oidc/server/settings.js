// What the command line says. Nothing is read from the environment, so that two instances never share anything by accident.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const options = {
  flavour: { type: 'string', default: 'egi' }, // egi or iam
  port: { type: 'string', default: '0' }, // 0: any free one
  state: { type: 'string' }, // a directory of this instance's own, for its keys
  people: { type: 'string' }, // people and clients; the file beside this folder if not said
  tls: { type: 'boolean', default: false }, // with tls.key and tls.pem of the state directory; else plain http
  doors: { type: 'boolean', default: false }, // the doors for tests by plain http as well, on a free port
  host: { type: 'string', default: '127.0.0.1' }, // the name in its addresses; it listens on loopback only
  opaque: { type: 'boolean', default: false }, // access tokens that only it can read
  lifetime: { type: 'string' }, // of access tokens, in seconds
  'device-lifetime': { type: 'string', default: '600' }, // of device codes, in seconds
  thin: { type: 'boolean', default: false }, // id_tokens and access tokens with no more than the subject
  algorithm: { type: 'string', default: 'RS256' }, // RS256, ES256 or EdDSA
};

export function read() {
  const { values } = parseArgs({ options });
  if (!['egi', 'iam'].includes(values.flavour)) throw new Error('--flavour is egi or iam');
  if (!values.state) throw new Error('--state DIRECTORY is needed');
  const file = values.people ?? new URL('../people.json', import.meta.url);
  const seed = JSON.parse(readFileSync(file, 'utf8'));
  const lifetime = values.lifetime && Number(values.lifetime);
  const deviceLifetime = Number(values['device-lifetime']);
  return { ...values, port: Number(values.port), lifetime, deviceLifetime, seed };
}
