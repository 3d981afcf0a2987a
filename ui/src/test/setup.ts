/** What jsdom lacks and Mantine needs. */
import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

afterEach(cleanup);

// What stands there in a tenth of a second may take several on a busy machine.
configure({ asyncUtilTimeout: 15_000 });

Object.defineProperty(window, 'matchMedia', {
  value: (query: string) => ({
    matches: false, media: query, onchange: null, addListener: vi.fn(), removeListener: vi.fn(),
    addEventListener: vi.fn(), removeEventListener: vi.fn(), dispatchEvent: vi.fn(),
  }),
});

class QuietObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver = QuietObserver;

// A text field that grows with its text is measured again when fonts arrive.
Object.defineProperty(document, 'fonts', { value: new EventTarget() });
