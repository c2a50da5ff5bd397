// The keys tokens are signed with. They are kept in the state directory, so that an instance that starts again there is
// the same issuer.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as jose from 'jose';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

export class Keys {
  constructor(file, stored) {
    this.file = file;
    this.generation = stored.generation;
    this.keys = stored.keys;
  }

  static async open(directory, name) {
    const file = join(directory, `${name}.jwks.json`);
    if (existsSync(file)) return new Keys(file, JSON.parse(readFileSync(file, 'utf8')));
    const keys = new Keys(file, { generation: 0, keys: [] });
    await keys.rotate();
    return keys;
  }

  // New keys sign from now on; of the old ones the public halves stay published only when `overlap` says so.
  async rotate({ overlap = false } = {}) {
    this.generation += 1;
    const fresh = await Promise.all(ALGORITHMS.map((algorithm) => this.generate(algorithm)));
    this.keys = overlap ? [...fresh, ...this.keys] : fresh;
    writeFileSync(this.file, JSON.stringify({ generation: this.generation, keys: this.keys }), { mode: 0o600 });
  }

  async generate(alg) {
    const { privateKey } = await jose.generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
    return { ...(await jose.exportJWK(privateKey)), alg, use: 'sig', kid: `${alg}-${this.generation}` };
  }

  jwks() {
    return { keys: this.keys };
  }

  // The newest for an algorithm.
  signing(alg) {
    return this.keys.find((key) => key.alg === alg);
  }

  async sign(payload, header, key = this.signing(header.alg)) {
    const imported = await jose.importJWK(key, header.alg);
    return new jose.SignJWT(payload).setProtectedHeader({ kid: key.kid, ...header }).sign(imported);
  }

  // The payload of a token that one of these keys signed, or nothing.
  async verified(token, issuer) {
    const publics = this.keys.map(({ kty, kid, alg, use, n, e, crv, x, y }) => ({
      kty,
      kid,
      alg,
      use,
      n,
      e,
      crv,
      x,
      y,
    }));
    try {
      return (await jose.jwtVerify(token, jose.createLocalJWKSet({ keys: publics }), { issuer })).payload;
    } catch {
      return undefined;
    }
  }
}
