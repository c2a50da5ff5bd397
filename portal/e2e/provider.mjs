// The OpenID provider of the test bed, and a gateway that trusts it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWorld } from './harness.mjs';

const testbed = fileURLToPath(new URL('../../testbed/oidc', import.meta.url));

export const TITLE = 'Check-in <of the test bed>';
export const ASTRO = 'urn:mace:egi.eu:group:vo.testbed.eu:astro';

/** Set up like EGI Check-in, on a port of its own. */
export class Provider {
  #process;
  #directory = mkdtempSync(join(tmpdir(), 'portal-provider-'));
  issuer;
  audience;

  static async start() {
    const provider = new Provider();
    try {
      execFileSync(join(testbed, 'prepare'));
      await provider.#start();
    } catch (error) {
      provider.close();
      throw error;
    }
    return provider;
  }

  async #start() {
    const options = ['--flavour', 'egi', '--state', this.#directory];
    this.#process = spawn(process.execPath, [join(testbed, 'server/main.js'), ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await new Promise((resolve, reject) => {
      this.#process.once('exit', () => reject(new Error('the provider ended')));
      this.#process.stdout.setEncoding('utf8').once('data', (line) => resolve(JSON.parse(line)));
    });
    this.issuer = said.issuer;
    this.audience = said.audience;
  }

  /**
   * A gateway at which its people can sign in, and which gives them nothing yet. `more` goes before the issuers. With
   * `lasting` they let it act for them while they are away.
   */
  openWorld(more = '', address = undefined, lasting = false) {
    const secret = join(this.#directory, 'secret');
    writeFileSync(secret, 'gateway-secret', { mode: 0o600 });
    const configuration = join(this.#directory, 'config.toml');
    const settings = {
      name: 'checkin',
      title: TITLE,
      url: this.issuer,
      client_id: 'gateway',
      client_secret_file: secret,
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
    const scopes = [
      'profile',
      'email',
      'eduperson_entitlement',
      'ssh_public_key',
      ...(lasting ? ['offline_access'] : []),
    ];
    const lists = [
      `scopes = ${JSON.stringify(scopes)}`,
      `exchange = ${lasting}`,
      `audiences = [${JSON.stringify(this.audience)}]`,
    ];
    const text = [more, '[[issuers]]', ...lines, ...lists, 'plain_http_on_loopback = true', ''].join('\n');
    writeFileSync(configuration, text);
    return openWorld(['--config', configuration], address);
  }

  /** A rule by which whoever is in the group with the role gets what is given. */
  rule(gives, group = ASTRO, role = 'member') {
    return {
      issuer: { exactly: this.issuer },
      claim: 'entitlements',
      group: { exactly: group },
      role: { exactly: role },
      gives,
    };
  }

  /** A door for tests: `person`, `client`, … */
  async door(name, fields) {
    const answer = await fetch(new URL(`/test/${name}`, this.issuer), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  }

  close() {
    this.#process?.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A page in a browser of its own in which somebody has come in by the provider. */
export async function signedIn(world, name, options = {}) {
  const page = await world.page({ link: null, ...options });
  await page.getByRole('link', { name: `Sign in with ${TITLE}` }).click();
  await page.getByRole('button', { name }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  // Before anybody was signed in a question was refused; and the provider has no icon.
  world.forgive(page, /status of 401|favicon.ico/);
  return page;
}
