// A world to test in: the real gateway, a real browser, and a person who is signed in.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Gateway, until } from './gateway.mjs';

export { until };

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** How long something may take to be seen, on a slow and busy computer. */
const PATIENCE = 30_000;

/** Where pictures go; none are taken without it. */
const PICTURES = process.env.ROADSTEAD_PICTURES;

export async function openWorld(options = [], address = undefined) {
  const gateway = await Gateway.start(options, address);
  try {
    const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
    return new World(gateway, browser);
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

class World {
  #browser;
  /** By page: what went wrong in it. */
  #trouble = new WeakMap();

  constructor(gateway, browser) {
    this.gateway = gateway;
    this.#browser = browser;
  }

  async close() {
    await this.#browser.close();
    await this.gateway.close();
  }

  /** The address of a page: `world.at('runs')`. */
  at(path = '') {
    return `${this.gateway.url}/${path}`;
  }

  /** A link that signs a browser in. */
  async link() {
    return (await this.gateway.ask('POST', 'sessions/codes')).url;
  }

  /** A page in a browser of its own (own cookies), signed in unless `link` is null. */
  async page({ width = 1280, height = 800, scheme = 'light', path = '', link } = {}) {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const trouble = [];
    this.#trouble.set(page, trouble);
    page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') trouble.push(`console: ${message.text()} (${message.location().url})`);
    });
    if (link !== null) {
      await page.goto(link ?? (await this.link()));
      await page.getByRole('navigation', { name: 'Main' }).waitFor();
      if (path) await page.goto(this.at(path));
    } else {
      await page.goto(this.at(path));
    }
    return page;
  }

  /** What a test provoked on purpose (a 401, a cut stream) is no trouble. */
  forgive(page, pattern) {
    const trouble = this.#trouble.get(page);
    const left = trouble.filter((line) => !pattern.test(line));
    trouble.splice(0, trouble.length, ...left);
  }

  /** Accessible (axe: WCAG 2.2 A and AA, best practices), nothing wider than the window, nothing wrong in the console. */
  async check(page) {
    assert.deepEqual(this.#trouble.get(page), [], 'the console is quiet');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
    // Put in by the debugger, which the page's policy does not bind.
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() =>
      // @ts-expect-error: axe is a global of its own script
      window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }),
    );
    const said = violations.map(
      (found) =>
        `${found.id}: ${found.help}\n${found.nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`,
    );
    assert.deepEqual(said, [], 'axe finds nothing');
  }

  /** At 1280 and 400 pixels, light and dark, for people to look at. */
  async picture(page, name) {
    if (!PICTURES) return;
    mkdirSync(PICTURES, { recursive: true });
    const before = page.viewportSize();
    for (const width of [1280, 400]) {
      await page.setViewportSize({ width, height: 800 });
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(before);
  }

  /** The picture that the documentation shows, made anew only when asked for. */
  async bless(page, name) {
    if (process.env.ROADSTEAD_BLESS !== '1') return;
    const path = fileURLToPath(new URL(`../../docs/images/portal-${name}.png`, import.meta.url));
    mkdirSync(dirname(path), { recursive: true });
    const { length } = await page.screenshot({ path });
    assert.ok(length < 200_000, `${path} has ${length} bytes`);
  }

  /** Starts a run through the API; what is not said is small. */
  submit(request) {
    const small = { kind: 'batch', resources: { cores: 0.1, memory: '32MiB', disk: '10MiB', walltime: '5m' } };
    return this.gateway.ask('POST', 'runs', { ...small, ...request });
  }

  run(id) {
    return this.gateway.ask('GET', `runs/${id}`);
  }

  /** The run when it has ended. */
  ended(id) {
    return until(async () => {
      const run = await this.run(id);
      return run.state === 'ended' && run;
    }, `run ${id} ends`);
  }
}
