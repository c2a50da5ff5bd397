// The real program in a throw-away home. Everything that was started in it ends with it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM =
  process.env.ROADSTEAD_PROGRAM ?? fileURLToPath(new URL('../../target/debug/roadstead', import.meta.url));
const MARK = 'PORTAL_TEST_HOME';

/** Asks again until it is so: `await until(() => …)` gives what was neither false nor undefined nor null. */
export async function until(question, what = String(question), seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer !== false && answer !== undefined && answer !== null) return answer;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(50);
  }
}

export class Gateway {
  #process;
  #home = mkdtempSync(join(tmpdir(), 'portal-'));
  #said = '';
  /** What is given to `serve` besides the address. */
  #options;
  address;

  static async start(options = [], address = '127.0.0.1:0') {
    const gateway = new Gateway();
    gateway.#options = options;
    gateway.address = address;
    try {
      await gateway.start();
    } catch (error) {
      await gateway.close();
      throw error;
    }
    return gateway;
  }

  /** Also after `stop`: at the same address, on the same data. */
  async start() {
    const directory = (name) => {
      const path = join(this.#home, name);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      return path;
    };
    this.#said = '';
    this.#process = spawn(PROGRAM, ['serve', '--listen', this.address, ...this.#options], {
      cwd: this.#home,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing of whoever runs the tests reaches it.
      env: {
        PATH: process.env.PATH,
        HOME: this.#home,
        [MARK]: this.#home,
        XDG_CONFIG_HOME: directory('config'),
        XDG_DATA_HOME: directory('data'),
        XDG_STATE_HOME: directory('state'),
        XDG_CACHE_HOME: directory('cache'),
        XDG_RUNTIME_DIR: directory('runtime'),
      },
    });
    let ended = false;
    this.#process.once('error', () => {
      ended = true;
    });
    this.#process.once('exit', () => {
      ended = true;
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#said += text;
      });
    }
    await until(() => {
      if (ended) throw new Error(`${PROGRAM} ended: ${this.#said}`);
      return /makes a new link/.test(this.#said);
    }, 'the gateway serves');
    const [, url, tokenFile] = /serves at (\S+) \(token in (.+)\)/.exec(this.#said) ?? [];
    if (!url || !tokenFile) throw new Error(`not understood: ${this.#said}`);
    this.url = url.replace(/\/$/, '');
    this.address = new URL(url).host;
    this.token = readFileSync(tokenFile, 'utf8').trim();
    this.printedLink = /Open (\S+)/.exec(this.#said)?.[1];
  }

  /** The file of its database, for as long as it is stopped. */
  database() {
    const files = readdirSync(this.#home, { recursive: true, encoding: 'utf8' });
    const found = files.find((path) => path.endsWith('/roadstead.db'));
    if (!found) throw new Error('no database');
    return join(this.#home, found);
  }

  /** Ends in order; `kill` does not let it. */
  async stop(signal = 'SIGTERM') {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await gone;
  }

  async close() {
    await this.stop();
    // Pilots outlive their gateway, which is what they are for: here they end by the mark in their environment.
    let empty = 0;
    while (empty < 3) {
      const left = this.#processes();
      empty = left.length === 0 ? empty + 1 : 0;
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      await pause(20);
    }
    rmSync(this.#home, { recursive: true, force: true });
  }

  #processes() {
    const mark = `${MARK}=${this.#home}`;
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  /** The API, as a program uses it. */
  async ask(method, path, body, headers = {}) {
    const answer = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
