import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// `npm run dev` talks to a gateway that runs already. Only here does anything but the gateway hold a token.
const gateway = process.env['ROADSTEAD_GATEWAY'] ?? 'http://127.0.0.1:7423';
const tokenFile = process.env['ROADSTEAD_TOKEN_FILE'];

/** Does for the development server what the gateway does with each answer. */
function placeholders(): Plugin {
  return {
    name: 'placeholders',
    apply: 'serve',
    transformIndexHtml: {
      order: 'pre',
      handler: (html) => html.replaceAll('__BASE__', '/').replaceAll('__NONCE__', 'development'),
    },
  };
}

/** A component of Mantine's without its styles would look broken, and only there where it is used. */
function mantineStyles(): Plugin {
  return {
    name: 'mantine-styles',
    apply: 'build',
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
      const used = modules.flatMap((id) => id.match(/@mantine\/core\/esm\/.*\/(\w+)\.module\.mjs$/)?.[1] ?? []);
      const there = [...this.getModuleIds()];
      const missing = used.filter((name) => !there.some((id) => id.endsWith(`@mantine/core/styles/${name}.css`)));
      if (missing.length > 0) this.error(`src/theme/mantine.ts lacks the styles of ${missing.join(', ')}`);
    },
  };
}

/** Chromium then compiles all of the first file while it comes in, beside the page, and not function by function in it. */
function compileAtOnce(): Plugin {
  return {
    name: 'compile-at-once',
    apply: 'build',
    generateBundle: {
      // At the top of the file, and Vite puts lines there itself.
      order: 'post',
      handler(_, bundle) {
        for (const chunk of Object.values(bundle)) {
          if (chunk.type === 'chunk' && chunk.isEntry) chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
        }
      },
    },
  };
}

export default defineConfig({
  // Assets are found relative to the page and to each other, so that any prefix works.
  base: './',
  plugins: [react(), placeholders(), mantineStyles(), compileAtOnce()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  html: { cspNonce: '__NONCE__' },
  build: {
    target: 'es2022',
    // The first that know `light-dark()`; for older ones it would be rewritten into something that does not work here.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // What every page needs, in one file: each file of the first load costs the page some milliseconds, slow or fast.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
  server: {
    proxy: {
      '/api': {
        target: gateway,
        changeOrigin: true,
        headers: tokenFile ? { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` } : {},
        // The gateway takes changes only from its own pages. These are its pages here; those of others stay others'.
        configure: (proxy) => {
          proxy.on('proxyReq', (passed, { headers }) => {
            if (headers.origin === `http://${headers.host}`) passed.setHeader('origin', new URL(gateway).origin);
          });
        },
      },
    },
  },
});
