// The page's modules that know no browser, for tests to call: bundled in memory, as the portal's own build does it.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const pages = fileURLToPath(new URL('../src/pages/run/', import.meta.url));

export async function load(path) {
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@': fileURLToPath(new URL('../src', import.meta.url)) } },
    ssr: { noExternal: true },
    build: { ssr: pages + path, write: false, target: 'es2022', minify: false },
  });
  return import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`);
}
