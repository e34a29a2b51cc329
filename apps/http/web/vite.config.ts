/**
 * Builds the page into `web/dist`: one script, one style sheet, no address of another host in them.
 * `CHAT_URL` is where `vite dev` finds a running cluster; it serves the page itself and passes the rest on.
 */
import { defineConfig } from 'vite'

const cluster = process.env['CHAT_URL'] ?? 'http://127.0.0.1:3000'

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': cluster, '/ws': { target: cluster, ws: true } },
  },
})
