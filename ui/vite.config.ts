/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// `npm run dev` shows a running `perennial serve`; the address can be moved.
const server = process.env.PERENNIAL_URL ?? 'http://127.0.0.1:7979';

const MOST_SCRIPT = 1_600_000;

/** The page stays light: a build with more script than that is no build. */
const sizeLimit: Plugin = {
  name: 'size-limit',
  generateBundle(_, bundle) {
    const size = Object.values(bundle).reduce((sum, file) => sum + (file.type === 'chunk' ? file.code.length : 0), 0);
    if (size > MOST_SCRIPT) this.error(`${size} characters of script, more than ${MOST_SCRIPT}`);
  },
};

export default defineConfig({
  plugins: [react(), sizeLimit],
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 1000,
    // The server forbids `data:` scripts and fonts, so nothing is inlined.
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'jsdom',
    // A page draws in a second; on a busy machine it may be ten.
    testTimeout: 30_000,
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
