// What a first visit has to load before it can be used.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const LIMIT = 300_000;

/** The scripts that a script loads with itself, its lazy pages aside. */
function withImports(path, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(join(dist, 'assets', path), 'utf8');
  for (const [, next] of text.matchAll(/(?:^|[;}\s])(?:import|export)[^;('"]*?from\s*["']\.\/([^"']+)["']/g)) {
    withImports(next, found);
  }
  return found;
}

test('the first load is at most 300 kB of compressed JavaScript, and pages come when they are opened', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+\.js)"/g)].map(([, name]) => name);
  assert.ok(named.length > 0, 'the page names its script');
  const scripts = named.reduce((found, name) => withImports(name, found), new Set());
  let compressed = 0;
  for (const script of scripts) {
    const path = join(dist, 'assets', script);
    assert.ok(existsSync(`${path}.br`) && existsSync(`${path}.gz`), `${script} is compressed beforehand`);
    compressed += statSync(`${path}.gz`).size;
  }
  console.log(`first load: ${scripts.size} scripts, ${compressed} bytes of gzip`);
  assert.ok(compressed <= LIMIT, `${compressed} bytes`);
  const text = [...scripts].map((script) => readFileSync(join(dist, 'assets', script), 'utf8')).join('');
  const entry = readFileSync(join(dist, 'assets', named[0]), 'utf8');
  assert.ok(entry.startsWith('//# allFunctionsCalledOnLoad\n'), 'the browser may compile it at once');
  assert.ok(scripts.size <= 2, `one file and the runtime, not ${[...scripts].join(', ')}`);
  assert.ok(!text.includes('moment0-'), 'the demonstration is not part of it');
});

test('nothing in the page needs the root of the host, and every script and style carries the nonce', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  assert.match(html, /<base href="__BASE__"/);
  assert.doesNotMatch(html, /(src|href)="\//);
  for (const [tag] of html.matchAll(/<(?:script|style|link rel="(?:stylesheet|modulepreload)")[^>]*>/g)) {
    assert.match(tag, /nonce="__NONCE__"/, tag);
  }
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/, 'no inline script');
});
