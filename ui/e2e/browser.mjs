// Debian's Chromium, driven without a network of its own.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const QUIET = [
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** A browser with an empty profile; `open` gives a page that remembers what went wrong on it. */
export async function startBrowser(url) {
  const isRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: isRoot ? ['--no-sandbox', ...QUIET] : QUIET,
    downloadsPath: mkdtempSync(join(tmpdir(), 'perennial-e2e-')),
  });
  const open = async ({ width = 1440, height = 900, scheme = 'light', path = '/', language = 'en-GB' } = {}) => {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale: language, reducedMotion: 'reduce', acceptDownloads: true });
    const page = await context.newPage();
    const trouble = [];
    page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') trouble.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) trouble.push(`foreign request: ${request.url()}`);
    });
    await page.goto(url + path);
    return { page, trouble, close: () => context.close() };
  };
  return { open, close: () => browser.close() };
}

/** Waits until nothing on the page is waiting. */
export async function settled(page) {
  await page.waitForFunction(() => {
    const main = document.querySelector('main');
    return main !== null && main.innerText.trim().length > 20 && !document.querySelector('[aria-busy="true"], .mantine-Skeleton-root');
  }, null, { timeout: 60_000 });
  await page.waitForTimeout(250);
}
