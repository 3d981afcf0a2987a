import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KeptDashboard, RanDashboard } from '../../api/types';
import type { Language } from '../../i18n';
import { show } from '../../test/render';
import { definition } from '../../test/samples';
import { changed, given, ownQuestion, segmentOf } from './filters';
import { DashboardsPage, List } from './list';
import { DashboardPage } from './page';
import { Tiles, Unanswered } from './view';

const title = { en: 'Who comes back', zh: '谁回来' };
const ran: RanDashboard = {
  name: 'shop', version: 2, title: { en: 'The shop', zh: '店铺' }, filters: { population: 'buyers' }, as_of: '2011-12-10T00:00:00Z',
  tiles: [
    {
      title, kind: 'retention', width: 12, question: { as_of: '2011-12-10T00:00:00Z', period: 'month' }, left_out: [],
      shown: { picture: '<svg/>', table: null, definition, warnings: [] },
    },
    {
      title: { en: 'Ways', zh: '路径' }, kind: 'path', width: 6, question: { as_of: '2011-01-01T00:00:00Z' }, left_out: ['breakdown', 'top'],
      shown: { picture: null, table: { name: 'nodes', tidy: true, columns: [{ name: 'node', kind: 'text' }], rows: [['order']] }, definition, warnings: [{ code: 'w', message: 'mind this', message_zh: '请注意', nearest: [] }] },
    },
    {
      title: { en: 'Value', zh: '价值' }, kind: 'rfm', width: 6, question: {}, left_out: [],
      refused: { code: 'mixed_currencies', reason: 'amounts in `EUR`, `USD`', hint: 'filter one', reason_zh: '金额有两种货币', hint_zh: '请筛选' },
    },
    { title: { en: 'Odd', zh: '其他' }, kind: 'funnel', width: 6, question: {}, left_out: [], error: { code: 'bad_question', message: '`steps` is empty', message_zh: '`steps` 为空', hint: 'give two', hint_zh: '请给出两个' } },
  ],
};

const kept = (change: Partial<KeptDashboard>): KeptDashboard => ({
  name: 'overview', version: 0, title: { en: 'Overview', zh: '总览' }, owner: null, kinds: ['crr', 'rfm'], created_at: null, updated_at: null, trouble: null, dashboard: null, ...change,
});

/** Within a router of its own, for the links. */
function routed(element: React.ReactNode, language: Language = 'en') {
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: '/', component: () => element });
  const router = createRouter({ routeTree: root.addChildren([page]), history: createMemoryHistory() });
  return show(<RouterProvider router={router as never} />, language);
}

/** What the server says, path by path; every request is kept. */
function serve(answers: Record<string, (init?: RequestInit) => Response>) {
  const calls: { path: string; init: RequestInit | undefined }[] = [];
  vi.stubGlobal('fetch', vi.fn((path: string, init?: RequestInit) => {
    calls.push({ path, init });
    const known = Object.keys(answers).filter((one) => path.startsWith(`/api/v1${one}`)).sort((a, b) => b.length - a.length)[0];
    const answer = known === undefined ? undefined : answers[known];
    return Promise.resolve(answer ? answer(init) : new Response('{"error":{"code":"not_found","message":"no","hint":""}}', { status: 404 }));
  }));
  return calls;
}
const say = (body: unknown, status = 200) => () => new Response(JSON.stringify(body), { status });
const catalog = { n_events: 3, n_customers: 2, first: '2010-12-01T08:00:00Z', last: '2011-12-09T12:00:00Z', zone: 'UTC', events: [], properties: [] };

beforeEach(() => {
  URL.createObjectURL = vi.fn(() => 'blob:drawn');
  URL.revokeObjectURL = vi.fn();
  window.scrollTo = vi.fn();
});
afterEach(() => vi.unstubAllGlobals());

describe('the tiles of a dashboard', () => {
  it('show a picture, a table, a refusal or an error, each in its own place', async () => {
    const { container } = routed(<Tiles ran={ran} />);
    await screen.findByRole('img', { name: 'Who comes back' });
    expect(container.querySelector('[data-tile="path"] table')?.textContent).toContain('order');
    expect(container.querySelector('[data-tile="path"]')?.textContent).toMatch(/Not filtered by breakdown, top.*mind this/);
    expect(container.querySelector('[data-tile="rfm"]')?.textContent).toMatch(/This cannot be computed.*`EUR`, `USD`.*filter one/);
    expect(container.querySelector('[data-tile="funnel"]')?.textContent).toMatch(/`steps` is empty.*give two/);
    expect([...container.querySelectorAll('[data-state="trouble"]')].map((tile) => tile.getAttribute('data-tile'))).toEqual(['rfm', 'funnel']);
  });
  it('stand in the language of the reader', async () => {
    const { container } = routed(<><Unanswered ran={ran} /><Tiles ran={ran} /></>, 'zh');
    await screen.findByRole('img', { name: '谁回来' });
    expect(container.textContent).toMatch(/4 个图块中有 2 个没有答案/);
    expect(container.querySelector('[data-tile="rfm"]')?.textContent).toMatch(/金额有两种货币.*请筛选/);
  });
  it('lead to their questions, without the clock of this run', async () => {
    routed(<Tiles ran={ran} />);
    const link = await screen.findByRole('link', { name: 'Open the question of “Who comes back”' });
    const address = new URL(link.getAttribute('href') ?? '', window.location.origin);
    expect(address.pathname).toBe('/insights/retention');
    expect(JSON.parse(address.searchParams.get('question') ?? '')).toEqual({ period: 'month' });
    const [first, second] = ran.tiles;
    if (!first || !second) throw new Error('no tiles');
    expect(ownQuestion(second, ran)).toEqual({ as_of: '2011-01-01T00:00:00Z' });
    expect(ownQuestion(first, { ...ran, filters: { as_of: ran.as_of } })).toEqual({ as_of: ran.as_of, period: 'month' });
  });
});

describe('the filters of an address', () => {
  it('are those of the server, a segment being a condition', () => {
    expect(given({ from: '2011-01-01', segment: 'gold' })).toEqual({ from: '2011-01-01', who: { segment: 'gold' } });
    expect([segmentOf({ segment: 'gold' }), segmentOf('did order'), segmentOf(undefined), segmentOf({ not: { segment: 'gold' } })]).toEqual(['gold', null, null, null]);
  });
  it('change one by one and go when nothing is chosen', () => {
    expect(changed({ from: '2011-01-01', to: '2011-02-01' }, { from: null, to: null, segment: 'gold' })).toEqual({ segment: 'gold' });
  });
});

describe('a dashboard', () => {
  it('asks once for all tiles, with the filters of the address', async () => {
    const calls = serve({ '/catalog': say(catalog), '/segments': say([{ name: 'gold' }]), '/dashboards/the%20shop/run': say(ran) });
    const onSearch = vi.fn();
    routed(<DashboardPage name="the shop" search={{ from: '2011-01-01', to: '2011-02-01', segment: 'gold' }} onSearch={onSearch} />);
    expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('The shop');
    const runs = calls.filter(({ path }) => path.includes('/run'));
    expect(runs.map(({ path }) => path)).toEqual(['/api/v1/dashboards/the%20shop/run?format=presentation&language=en']);
    expect(JSON.parse(String(runs[0]?.init?.body))).toEqual({ from: '2011-01-01', to: '2011-02-01', who: { segment: 'gold' } });
    await userEvent.click(screen.getByRole('button', { name: 'Start over' }));
    expect(onSearch).toHaveBeenCalledWith({});
  });
});

describe('the list of dashboards', () => {
  it('begins with the one that is built in and says what to do with it', async () => {
    serve({ '/insights': say([{ kind: 'crr', title: 'Retention rate', title_zh: '客户留存率' }]) });
    const { container } = routed(<List all={[kept({})]} />);
    await screen.findByText('No dashboard of your own yet');
    await screen.findByText('Retention rate · rfm');
    expect(screen.getByRole('link', { name: 'Overview' }).getAttribute('href')).toBe('/dashboards/overview');
    expect(container.querySelector('[aria-label^="Delete"]')).toBeNull();
  });
  it('says which cannot be read, and lets it be deleted', async () => {
    const calls = serve({ '/dashboards/old': () => new Response(null, { status: 204 }) });
    routed(<List all={[kept({}), kept({ name: 'old', version: 3, title: { en: 'Old', zh: '旧' }, trouble: 'tile 1: `kind`: no insight is called `x`' })]} />);
    await screen.findByText(/no insight is called `x`/);
    expect(screen.queryByText('No dashboard of your own yet')).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Delete “Old”' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(calls.some(({ path, init }) => path === '/api/v1/dashboards/old' && init?.method === 'DELETE')).toBe(true));
  });
  it('takes a file in, over another of its name only when told to', async () => {
    const calls = serve({
      '/dashboards': say([kept({})]),
      '/dashboards?replace=true': say({ ...kept({ name: 'shop', version: 2 }) }, 201),
    });
    const taken = vi.fn(say({ error: { code: 'taken', message: 'exists', hint: '' } }, 409));
    const before = globalThis.fetch;
    vi.stubGlobal('fetch', (path: string, init?: RequestInit) => (path === '/api/v1/dashboards' && init?.method === 'POST' ? Promise.resolve(taken()) : before(path, init)));
    const { container } = routed(<DashboardsPage />);
    await screen.findByText('Overview');
    const input = container.querySelector('[data-dashboard-file]');
    if (!input) throw new Error('nowhere to choose a file');
    const file = new File(['name: shop'], 'shop.yaml');
    fireEvent.change(input, { target: { files: [file] } });
    await screen.findByText('A dashboard of that name exists already');
    expect(taken).toHaveBeenCalledTimes(1);
    await userEvent.click(screen.getByRole('button', { name: 'Save as a new version' }));
    await screen.findByText('“shop” is saved, version 2.');
    expect(calls.find(({ path }) => path.endsWith('?replace=true'))?.init?.body).toBe('name: shop');
  });
});
