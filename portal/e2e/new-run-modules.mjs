// The modules of the new run's page that know no browser, for tests to call: bundled as the portal's own build does it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const page = fileURLToPath(new URL('../src/pages/new-run/', import.meta.url));

/** All of them at once: `{ words, value, … }` by the names of their files. */
export async function load(...paths) {
  const directory = mkdtempSync(join(tmpdir(), 'roadstead-modules-'));
  try {
    await build({
      configFile: false,
      logLevel: 'error',
      resolve: { alias: { '@': fileURLToPath(new URL('../src', import.meta.url)) } },
      ssr: { noExternal: true },
      build: {
        ssr: true,
        outDir: directory,
        target: 'es2022',
        minify: false,
        rollupOptions: {
          input: Object.fromEntries(paths.map((path) => [path.replace(/\W/g, '_'), page + path])),
          output: { entryFileNames: '[name].mjs' },
        },
      },
    });
    const modules = paths.map((path) => import(pathToFileURL(join(directory, `${path.replace(/\W/g, '_')}.mjs`)).href));
    return await Promise.all(modules);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
