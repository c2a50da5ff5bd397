// measure.mjs load|grid|log LINK [RUN]: one measurement in a browser of its own; its figures as JSON.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../portal/package.json', import.meta.url)));
const { chromium } = require('playwright-core');

const [what, link, run] = process.argv.slice(2);
const SLOWED = 4;
const VISITS = 5;
/** Nothing long for this long: from here on the page answers. */
const QUIET = 1_500;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--enable-precise-memory-info'],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
const page = await context.newPage();
await page.goto(link);
await page.getByRole('navigation', { name: 'Main' }).waitFor();
const home = new URL('./', page.url().split('#')[0]).href;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** A visit with nothing kept from before, but the session. */
async function load() {
  const interactive = [];
  let sizes = { script: 0, all: 0 };
  for (let visit = 0; visit < VISITS; visit++) {
    const fresh = await context.newPage();
    const cdp = await context.newCDPSession(fresh);
    await cdp.send('Network.enable');
    await cdp.send('Network.clearBrowserCache');
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
    const kinds = new Map();
    sizes = { script: 0, all: 0 };
    cdp.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      sizes.all += encodedDataLength;
      if (kinds.get(requestId) === 'Script') sizes.script += encodedDataLength;
    });
    await fresh.addInitScript(() => {
      window.last = 0;
      new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.last = Math.max(window.last, task.startTime + task.duration);
      }).observe({ type: 'longtask', buffered: true });
      new MutationObserver(() => {
        if (window.seen === undefined && document.querySelector('main h1')) window.seen = performance.now();
      }).observe(document, { childList: true, subtree: true });
    });
    await fresh.goto(home);
    await fresh.locator('main h1').waitFor();
    await fresh.waitForFunction(
      (quiet) => performance.now() - Math.max(window.seen, window.last) > quiet,
      QUIET,
    );
    interactive.push(await fresh.evaluate(() => Math.max(window.seen, window.last)));
    await fresh.close();
  }
  const processor_ms = await processorTime();
  return { script_kb: sizes.script / 1e3, all_kb: sizes.all / 1e3, interactive_ms: median(interactive), processor_ms };
}

/**
 * What a visit costs the page's main thread, not slowed: processor time, which says the same on a computer that others
 * keep busy. Slowed, it is as many times that.
 */
async function processorTime() {
  const taken = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const fresh = await context.newPage();
    const cdp = await context.newCDPSession(fresh);
    await cdp.send('Network.enable');
    await cdp.send('Network.clearBrowserCache');
    await browser.startTracing(fresh, { categories: ['toplevel', 'devtools.timeline'] });
    await fresh.goto(home);
    await fresh.locator('main h1').waitFor();
    await fresh.waitForTimeout(QUIET);
    const tasks = tasksOfMain(await browser.stopTracing());
    taken.push(processorOf(tasks) / 1e3);
    await fresh.close();
  }
  return median(taken);
}

function tasksOfMain(trace) {
  const { traceEvents } = JSON.parse(trace.toString());
  const mains = traceEvents.filter((event) => event.name === 'thread_name' && event.args.name === 'CrRendererMain');
  const isMain = (event) => mains.some((main) => main.pid === event.pid && main.tid === event.tid);
  const tasks = traceEvents.filter((event) => event.ph === 'X' && /RunTask$/.test(event.name) && isMain(event));
  if (tasks.length === 0) throw new Error('nothing was traced');
  // Other pages of the browser have main threads too, and rest.
  const byThread = new Map();
  for (const task of tasks) {
    const thread = `${task.pid} ${task.tid}`;
    if (!byThread.has(thread)) byThread.set(thread, []);
    byThread.get(thread).push(task);
  }
  return [...byThread.values()].toSorted((a, b) => processorOf(b) - processorOf(a))[0];
}

const processorOf = (tasks) => tasks.reduce((sum, task) => sum + (task.tdur ?? 0), 0);

/** The longest that the page's main thread was busy with one thing meanwhile, and the most processor time of one. */
async function longestTask(act) {
  await browser.startTracing(page, { categories: ['disabled-by-default-devtools.timeline', 'devtools.timeline', 'toplevel'] });
  await act();
  const tasks = tasksOfMain(await browser.stopTracing());
  const most = (field) => Math.max(...tasks.map((task) => task[field] ?? 0)) / 1e3;
  return { longest_ms: most('dur'), longest_processor_ms: most('tdur') };
}

async function timed(path, seen) {
  const begun = performance.now();
  await page.goto(`${home}${path}`);
  await seen.waitFor();
  return performance.now() - begun;
}

async function grid() {
  const cells = page.getByRole('slider', { name: 'Elements' });
  // The code of the page is there by then: what is measured is the grid.
  const seen_ms = await timed(`runs/${run}?tab=elements`, cells);
  await page.goto(`${home}runs/${run}?tab=timeline`);
  await page.getByText('What happened').waitFor();
  const longest = await longestTask(async () => {
    await page.getByRole('tab', { name: /^Elements/ }).click();
    await cells.waitFor();
    const box = await cells.boundingBox();
    for (let i = 0; i < 100; i++) {
      await page.mouse.move(box.x + (box.width * (i % 10)) / 10 + 3, box.y + (Math.min(box.height, 400) * i) / 100 + 3);
    }
    await cells.focus();
    for (let i = 0; i < 50; i++) await page.keyboard.press(i % 2 ? 'ArrowDown' : 'ArrowRight');
    await page.getByRole('button', { name: 'Show in the grid' }).first().click();
    await page.waitForTimeout(1_500);
  });
  return { ...longest, seen_ms };
}

async function log() {
  const field = page.getByRole('region', { name: /^Log,/ });
  const seen_ms = await timed(`runs/${run}?tab=log`, field.getByText('of a million lines').first());
  const longest = await longestTask(async () => {
    await field.hover();
    for (let i = 0; i < 150; i++) {
      await page.mouse.wheel(0, i < 100 ? 900 : -900);
      await page.waitForTimeout(16);
    }
    const bar = await page.locator('[class*=bar][aria-hidden]').last().boundingBox();
    await page.mouse.move(bar.x + bar.width / 2, bar.y + 5);
    await page.mouse.down();
    for (let i = 0; i < 60; i++) {
      await page.mouse.move(bar.x + bar.width / 2, bar.y + (bar.height * i) / 60);
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
    await field.press('End');
    await field.getByText('1000000 of a million lines').waitFor();
  });
  const heap_mb = (await page.evaluate(() => performance.memory.usedJSHeapSize)) / 1e6;
  return { ...longest, seen_ms, heap_mb };
}

const figures = await { load, grid, log }[what]();
await browser.close();
console.log(JSON.stringify(figures));
