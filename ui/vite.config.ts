/// <reference types="vitest/config" />
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` shows a running `perennial serve`; the address can be moved.
const server = process.env.PERENNIAL_URL ?? 'http://127.0.0.1:7373';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': { target: server, changeOrigin: true } } },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 700,
    // The server forbids `data:` scripts and fonts, so nothing is inlined.
    assetsInlineLimit: 0,
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
