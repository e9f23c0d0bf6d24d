import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const hub = process.env.VIDETTE_DEV_HUB ?? 'http://127.0.0.1:8040';

export default defineConfig({
  // Relative, so that the page also works below a sub-path behind a proxy.
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    // Nothing as a data: address, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: hub, ws: true } } },
});
