import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Segment } from '../../api/segments';
import { CustomerList } from '../../components/CustomersDrawer';
import { KeepForm } from '../../components/segments/KeepSegment';
import type { Language } from '../../i18n';
import { show } from '../../test/render';
import { SegmentsPage } from './list';
import { SegmentPage } from './page';

const gold: Segment = {
  name: 'gold', version: 2, condition: { did: { event: 'order' } }, text: 'did order', en: 'Customers who did `order`.', zh: '发生“order”的客户。',
  owner: 'ann', description: 'the best', created_at: '2024-01-02T00:00:00Z', updated_at: '2024-02-02T00:00:00Z', used_by: ['quiet gold'], dashboards: ['shop'],
};
const preview = { text: 'did order', en: 'Customers who did `order`.', zh: '发生“order”的客户。', as_of: '2024-03-01T00:00:00Z', zone: 'UTC', n_customers: 132, of: 1500, warnings: [] };
const failure = (code: string, message: string) => ({ error: { code, message, hint: 'mend it', message_zh: '', hint_zh: '' } });

function routed(element: React.ReactNode, language: Language = 'en') {
  const root = createRootRoute();
  const paths = ['/', '/segments', '/segments/$name', '/dashboards/$name', '/insights/$kind'];
  const routes = paths.map((path) => createRoute({ getParentRoute: () => root, path, component: () => (path === '/' ? element : <p>went to {path}</p>) }));
  const router = createRouter({ routeTree: root.addChildren(routes), history: createMemoryHistory() });
  return show(<RouterProvider router={router as never} />, language);
}

/** What the server says, by method and path; the bodies are kept. */
function serve(answers: Record<string, unknown>, statuses: Record<string, number> = {}) {
  const sent: { to: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', vi.fn((path: string, init?: RequestInit) => {
    const to = `${init?.method ?? 'GET'} ${path.replace('/api/v1', '')}`;
    sent.push({ to, body: typeof init?.body === 'string' ? JSON.parse(init.body) : null });
    return Promise.resolve(new Response(JSON.stringify(answers[to] ?? failure('not_found', 'no')), { status: to in answers ? statuses[to] ?? 200 : 404 }));
  }));
  return { sent, to: (wanted: string) => sent.filter((one) => one.to === wanted).map((one) => one.body) };
}

afterEach(() => vi.unstubAllGlobals());

const question = { period: 'month', cell: { cohort: '2024-01-01', index: 1 }, as_of: null, zone: 'UTC' };

describe('a cell', () => {
  it('is kept from its list, by its question, under a name', async () => {
    const server = serve({ 'POST /conditions/preview': preview, 'POST /segments': gold }, { 'POST /segments': 201 });
    routed(<CustomerList customers={{ total: 2, ids: ['a', 'b'] }} place="here" name={['x']} from={{ kind: 'retention', question }} />);
    await userEvent.click(await screen.findByRole('button', { name: 'Keep as segment…' }));
    expect(await screen.findByText('132 of 1,500 customers')).toBeTruthy();
    expect(screen.getByText(/The list of this answer has 2\./)).toBeTruthy();
    const keep = screen.getByRole('button', { name: 'Keep' });
    expect(keep).toHaveProperty('disabled', true);
    await userEvent.type(screen.getByLabelText(/Name/), 'gold');
    await userEvent.click(keep);
    expect((await screen.findByRole('link', { name: 'Open “gold”' })).getAttribute('href')).toBe('/segments/gold');
    const condition = { answer: 'retention', question: { period: 'month', cell: question.cell } };
    expect(server.to('POST /conditions/preview')).toEqual([{ condition }]);
    expect(server.to('POST /segments')).toEqual([{ name: 'gold', condition }]);
  });

  it('says at the name that it is taken', async () => {
    serve({ 'POST /conditions/preview': preview, 'POST /segments': failure('taken', 'a segment `gold` exists already') }, { 'POST /segments': 409 });
    routed(<KeepForm kind="retention" question={question} onDone={() => undefined} />);
    await screen.findByText('132 of 1,500 customers');
    await userEvent.type(screen.getByLabelText(/Name/), 'gold');
    await userEvent.click(screen.getByRole('button', { name: 'Keep' }));
    const wrong = await screen.findByText(/a segment `gold` exists already — mend it/);
    expect(screen.getByLabelText(/Name/).getAttribute('aria-describedby')).toContain(wrong.closest('[id]')?.id ?? 'nothing');
  });

  it('of scores goes on live unless its bounds are kept', async () => {
    const bounds = { recency_days: [9], frequency: [2], money: ['1'] };
    const server = serve({ 'POST /conditions/preview': preview, 'POST /insights/rfm': { question: { to: '2024-01-31' }, cutoffs: { exact: true, bounds } } });
    routed(<KeepForm kind="rfm" question={{ cell: { class: 'at_risk' } }} onDone={() => undefined} />);
    await screen.findByText('132 of 1,500 customers');
    expect(screen.queryByText(/as of a date of its own/)).toBeNull();
    await userEvent.click(await screen.findByLabelText(/by the bounds/));
    await waitFor(() => expect(server.to('POST /conditions/preview')).toEqual([
      { condition: { answer: 'rfm', question: { cell: { class: 'at_risk' } } } },
      { condition: { answer: 'rfm', question: { cell: { class: 'at_risk' }, scoring: 'fixed', cutoffs: bounds } } },
    ]));
  });
});

it('of an answer with a time of its own says that the segment has none', async () => {
  const server = serve({ 'POST /conditions/preview': preview });
  routed(<KeepForm kind="rfm" question={{ cell: { class: 'at_risk' }, as_of: '2011-12-10T00:00:00Z' }} onDone={() => undefined} />);
  expect(await screen.findByText(/as of a date of its own/)).toBeTruthy();
  await waitFor(() => expect(server.to('POST /conditions/preview')).toEqual([{ condition: { answer: 'rfm', question: { cell: { class: 'at_risk' } } } }]));
});

describe('segments', () => {
  it('are listed with their sentence, size, owner, version and use', async () => {
    serve({ 'GET /segments': [gold], 'POST /conditions/preview': preview });
    const { container } = routed(<SegmentsPage />, 'zh');
    expect(await screen.findByText('发生“order”的客户。')).toBeTruthy();
    expect(await screen.findByText('1,500 名客户中的 132 名')).toBeTruthy();
    const card = container.querySelector('[data-segment="gold"]')?.textContent ?? '';
    for (const part of ['ann', '第 2 版', '在 2 处使用', 'the best']) expect(card).toContain(part);
  });

  it('begin with how one comes to be, and what is wrong with a condition stands at its field', async () => {
    serve({ 'GET /segments': [], 'POST /conditions/preview': failure('bad_question', 'line 1, column 1: what') }, { 'POST /conditions/preview': 400 });
    routed(<SegmentsPage />);
    expect(await screen.findByText('No segment yet')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'New segment' }));
    await userEvent.type(screen.getByLabelText(/Name/), 'x');
    await userEvent.type(screen.getByLabelText(/Condition/), 'dd');
    const wrong = await screen.findByText(/line 1, column 1: what/);
    expect(screen.getByLabelText(/Condition/).getAttribute('aria-describedby')).toContain(wrong.closest('[id]')?.id ?? 'nothing');
    expect(screen.getByRole('button', { name: 'Keep' })).toHaveProperty('disabled', true);
  });

  it('say who uses them, and go only where nobody does', async () => {
    const version = { version: 1, condition: gold.condition, owner: null, description: null, updated_at: gold.updated_at };
    serve({
      'GET /segments/gold': { ...gold, versions: [version] }, 'POST /conditions/preview': preview,
      'DELETE /segments/gold': failure('in_use', 'segment `gold` is named by `quiet gold`'),
    }, { 'DELETE /segments/gold': 409 });
    routed(<SegmentPage name="gold" />);
    expect((await screen.findByRole('link', { name: 'segment quiet gold' })).getAttribute('href')).toBe('/segments/quiet%20gold');
    expect(screen.getByRole('link', { name: 'dashboard shop' }).getAttribute('href')).toBe('/dashboards/shop');
    await userEvent.click(screen.getByRole('button', { name: 'Delete “gold”' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Delete' }));
    expect(await screen.findByText('segment `gold` is named by `quiet gold`')).toBeTruthy();
  });
});
