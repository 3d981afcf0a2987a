import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Language } from '../../i18n';
import { show } from '../../test/render';
import { churn } from '../../test/samples';
import { ModelsPage } from './list';
import { ModelPage } from './page';

// A picture is drawn by a browser; here its words are enough.
vi.mock('../../components/Chart', () => ({ default: ({ label }: { label: string }) => <div role="img" aria-label={label} /> }));

/** Within a router of its own, for the links. */
function routed(element: ReactNode, language: Language = 'en') {
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: '/', component: () => element });
  const router = createRouter({ routeTree: root.addChildren([page]), history: createMemoryHistory() });
  return show(<RouterProvider router={router as never} />, language);
}

/** What the server says to `METHOD /path`; every request is kept. */
function serve(answers: Record<string, () => Response>) {
  const calls: { what: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', vi.fn((path: string, init?: RequestInit) => {
    const what = `${init?.method ?? 'GET'} ${path.replace('/api/v1', '')}`;
    calls.push({ what, body: init?.body });
    return Promise.resolve((answers[what] ?? (() => new Response('{"error":{"code":"not_found","message":"no","hint":""}}', { status: 404 })))());
  }));
  return calls;
}
const say = (body: unknown, status = 200) => () => new Response(JSON.stringify(body), { status });
const bodyOf = (calls: ReturnType<typeof serve>, what: string): unknown => {
  const body = calls.findLast((one) => one.what === what)?.body;
  return typeof body === 'string' ? JSON.parse(body) : undefined;
};

const kinds = [
  { kind: 'crr', title: 'Retention rate', title_zh: '客户留存率', summary: '', summary_zh: '', sample: {} },
  { kind: 'churn_risk', title: 'Churn risk', title_zh: '流失风险', summary: 'Who will leave.', summary_zh: '谁会离开。', sample: { horizon_days: 30 } },
];
const catalog = { n_events: 3, n_customers: 2, first: '2010-12-01T08:00:00Z', last: '2011-12-09T12:00:00Z', zone: 'UTC', events: [], properties: [] };
const refused = { refused: { code: 'too_few_customers', reason: 'only 4 customers', hint: 'bring more', reason_zh: '仅有 4 位客户', hint_zh: '请导入更多' } };
const summary = { kind: churn.kind, question: churn.question, trained: churn.trained, report: churn.report, stale_after_days: 90, format: 1 };

beforeEach(() => {
  window.scrollTo = vi.fn();
  URL.createObjectURL = vi.fn(() => 'blob:document');
  URL.revokeObjectURL = vi.fn();
});
afterEach(() => vi.unstubAllGlobals());

describe('the list of models', () => {
  it('says what a model is while there is none, and offers to train one', async () => {
    serve({ 'GET /models': say([]), 'GET /catalog': say(catalog) });
    const onSearch = vi.fn();
    const { container } = routed(<ModelsPage search={{}} onSearch={onSearch} />);
    await screen.findByText('No model yet');
    await waitFor(() => expect(container.querySelector('[data-train-first]')).not.toBeNull());
    await userEvent.click(container.querySelector('[data-train-first]') as HTMLElement);
    expect(onSearch).toHaveBeenCalledWith({ train: 'churn_risk' });
  });
  it('leads to the imports where there is nothing to learn from', async () => {
    serve({ 'GET /models': say([]), 'GET /catalog': say({ ...catalog, n_events: 0 }) });
    routed(<ModelsPage search={{}} onSearch={vi.fn()} />, 'zh');
    expect((await screen.findByRole('link', { name: '数据导入' })).getAttribute('href')).toBe('/imports');
  });
  it('has one card per name, of its newest version in use', async () => {
    const { versions: _, scorings: __, ...listed } = churn;
    const retired = { ...listed, version: 3, retired_at: '2012-01-01T00:00:00Z', report: {} };
    const old = { ...listed, name: 'old', kind: 'gone', version: 1, retired_at: '2012-01-01T00:00:00Z' };
    serve({ 'GET /models': say([retired, listed, { ...listed, version: 1 }, old]), 'GET /insights': say(kinds), 'GET /models/churn': say(churn), 'GET /models/old': say({ ...churn, scorings: [] }) });
    const { container } = routed(<ModelsPage search={{}} onSearch={vi.fn()} />);
    await screen.findByText('Churn risk');
    const card = (name: string) => container.querySelector(`[data-model="${name}"]`)?.textContent ?? '';
    expect(card('churn')).toMatch(/In use.*churn@2.*2 of 3 in use.*34\.8%.*AUC0\.8123.*Brier score0\.1702/);
    await screen.findByText('Last scored day: Dec 9, 2011');
    await screen.findByText('No day scored yet');
    expect(card('old')).toMatch(/Retired.*gone.*0 of 1 in use/);
    expect(screen.getByRole('link', { name: 'churn' }).getAttribute('href')).toBe('/models/churn');
  });
});

describe('a training', () => {
  const base = { 'GET /models': say([]), 'GET /insights': say(kinds), 'GET /catalog': say(catalog) };
  it('shows a backtest and keeps nothing unless told to', async () => {
    const calls = serve({ ...base, 'POST /models': say(summary) });
    const { container } = routed(<ModelsPage search={{ train: 'churn_risk' }} onSearch={vi.fn()} />);
    fireEvent.change(await screen.findByRole('textbox', { name: 'Horizon in days' }), { target: { value: '60' } });
    await waitFor(() => expect((container.querySelector('[data-question]') as HTMLTextAreaElement).value).toContain('"horizon_days": 60'));
    await userEvent.click(screen.getByRole('button', { name: 'Show the backtest' }));
    await screen.findByText(/Nothing was kept/);
    expect(bodyOf(calls, 'POST /models')).toEqual({ kind: 'churn_risk', question: { horizon_days: 60 }, keep: false });
    expect(container.querySelector('[data-panel="report"] dl')?.textContent).toMatch(/AUC0\.8123/);
    await screen.findByRole('img', { name: 'Foretold and happened: 6.0% → 5.0%, 55.0% → 58.0%' });
    await screen.findByRole('img', { name: 'Lift: 5% → 2.4, 10% → 2.1' });
    expect(calls.filter(({ what }) => what === 'GET /models')).toHaveLength(1);
  });
  it('keeps a version under a name, and leads to it', async () => {
    const calls = serve({ ...base, 'POST /models': say(churn, 201) });
    const { container } = routed(<ModelsPage search={{ train: 'churn_risk' }} onSearch={vi.fn()} />);
    await userEvent.click(await screen.findByRole('switch', { name: /Keep it as a version/ }));
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), 'churn');
    await userEvent.click(screen.getByRole('button', { name: 'Train and keep' }));
    await screen.findByText(/Kept as “churn@2”/);
    expect(bodyOf(calls, 'POST /models')).toEqual({ kind: 'churn_risk', question: { horizon_days: 30 }, keep: true, name: 'churn' });
    expect(container.querySelector('[data-see-model]')?.getAttribute('href')).toBe('/models/churn%402');
    await waitFor(() => expect(calls.filter(({ what }) => what === 'GET /models').length).toBeGreaterThan(1));
  });
  it('says in the language of the reader why it cannot be, and what to do', async () => {
    serve({ ...base, 'POST /models': say(refused, 422) });
    routed(<ModelsPage search={{ train: 'churn_risk' }} onSearch={vi.fn()} />, 'zh');
    await userEvent.click(await screen.findByRole('button', { name: '查看回测' }));
    expect((await screen.findByRole('alert')).textContent).toMatch(/仅有 4 位客户.*请导入更多/);
  });
  it('marks at the field what is wrong with the question', async () => {
    const calls = serve({ ...base, 'POST /models': say({ error: { code: 'bad_question', message: '`horizon` is unknown', hint: 'did you mean `horizon_days`?' } }, 400) });
    const { container } = routed(<ModelsPage search={{ train: 'churn_risk' }} onSearch={vi.fn()} />);
    const field = await screen.findByRole('textbox', { name: /Question/ });
    const error = () => container.querySelector('.mantine-Textarea-error')?.textContent ?? '';
    fireEvent.change(field, { target: { value: '{' } });
    await userEvent.click(screen.getByRole('button', { name: 'Show the backtest' }));
    expect(error()).toMatch(/not JSON/);
    expect(calls.some(({ what }) => what === 'POST /models')).toBe(false);
    fireEvent.change(field, { target: { value: '{"horizon": 3}' } });
    await userEvent.click(screen.getByRole('button', { name: 'Show the backtest' }));
    await waitFor(() => expect(error()).toMatch(/`horizon` is unknown — did you mean `horizon_days`/));
    expect(screen.queryByRole('alert')).toBeNull();
  });
  it('begins like another one, on what is known now', async () => {
    serve({ ...base, 'GET /models/churn%402': say(churn) });
    const { container } = routed(<ModelsPage search={{ train: 'churn_risk', like: 'churn@2' }} onSearch={vi.fn()} />);
    await waitFor(() => expect(container.querySelector('[data-question]')).not.toBeNull());
    expect(JSON.parse((container.querySelector('[data-question]') as HTMLTextAreaElement).value)).toEqual({ horizon_days: 90, learner: 'best' });
    await userEvent.click(screen.getByRole('switch'));
    expect((container.querySelector('[data-model-name]') as HTMLInputElement).value).toBe('churn');
  });
  it('is not offered where the server has nothing to train', async () => {
    serve({ ...base, 'GET /insights': say(kinds.slice(0, 1)) });
    routed(<ModelsPage search={{ train: 'churn_risk' }} onSearch={vi.fn()} />);
    await screen.findByText('Nothing can be trained here');
  });
});

describe('an import', () => {
  it('sends a document as it is under a name that can be chosen', async () => {
    const calls = serve({ 'GET /models': say([]), 'GET /catalog': say(catalog), 'PUT /models/winter/document': say({ name: 'winter', title: 'winter@1', version: 1 }, 201) });
    const { container } = routed(<ModelsPage search={{}} onSearch={vi.fn()} />);
    await screen.findByText('No model yet');
    const text = '{"format": 1, "n": 0.30000000000000004}';
    fireEvent.change(container.querySelector('[data-model-file]') as HTMLElement, { target: { files: [new File([text], 'churn-2.json')] } });
    const name = await screen.findByRole('textbox', { name: /Name/ });
    expect((name as HTMLInputElement).value).toBe('churn');
    await userEvent.clear(name);
    await userEvent.type(name, 'winter');
    await userEvent.click(screen.getByRole('button', { name: 'Import' }));
    await screen.findByText('Kept as “winter@1”.');
    expect(calls.find(({ what }) => what.startsWith('PUT'))?.body).toBe(text);
  });
});

describe('the page of a model', () => {
  const base = { 'GET /models/churn': say(churn), 'GET /insights': say(kinds) };
  const settled = async () => screen.findByRole('heading', { level: 1 });
  it('tells how it was trained, how it fared, what it scored, and its versions', async () => {
    serve(base);
    const { container } = routed(<ModelPage called="churn" />);
    await settled();
    const panel = (id: string) => container.querySelector(`[data-panel="${id}"]`)?.textContent ?? '';
    expect(panel('trained')).toMatch(/boosting.*5,231.*3,120.*34\.8%.*isotonic · Sep 10, 2011.*Mar 15, 2011 – Dec 9, 2011.*90 days.*Mar 14, 2011 · Jun 12, 2011/);
    expect(panel('report')).toMatch(/AUC0\.8123/);
    const days = [...container.querySelectorAll('[data-scorings] tbody tr')].map((row) => row.textContent);
    expect(days).toHaveLength(2);
    expect(days[0]).toMatch(/Dec 9, 2011churn@2.*0\.31.*recency_days,orders 640.*Strong.*recency_days 0\.42/);
    const versions = [...container.querySelectorAll('[data-versions] tbody a')].map((link) => link.getAttribute('href'));
    expect(versions).toEqual(['/models/churn%402', '/models/churn%401']);
  });
  it('asks its kind of question with this very version', async () => {
    serve(base);
    const { container } = routed(<ModelPage called="churn" />);
    await settled();
    const address = new URL(container.querySelector('[data-ask-with]')?.getAttribute('href') ?? '', window.location.origin);
    expect([address.pathname, address.searchParams.get('question')]).toEqual(['/insights/churn_risk', '{"model":"churn@2"}']);
  });
  it('scores the last day that is over unless another is chosen', async () => {
    const calls = serve({ ...base, 'POST /models/churn%402/score': say({ model: 'churn@2', day: '2011-12-10', known: false, n_rows: 912, scores: [{ name: 'churn.churn_risk', n_rows: 912, detail: {} }] }) });
    const { container } = routed(<ModelPage called="churn" />);
    await settled();
    await userEvent.click(container.querySelector('[data-score]') as HTMLElement);
    await userEvent.click(await waitFor(() => document.querySelector('[data-score-now]') as HTMLElement));
    await screen.findByText('Dec 10, 2011 is scored: 912 values of churn.churn_risk.');
    expect(bodyOf(calls, 'POST /models/churn%402/score')).toEqual({ day: null });
    await waitFor(() => expect(calls.filter(({ what }) => what === 'GET /models/churn').length).toBeGreaterThan(1));
  });
  it('retires a version or all of them, asking once', async () => {
    const calls = serve({ ...base, 'POST /models/churn/retire': say({ retired: ['churn@2'] }) });
    const { container } = routed(<ModelPage called="churn" />);
    await settled();
    await userEvent.click(container.querySelector('[data-retire]') as HTMLElement);
    await screen.findByRole('button', { name: 'Retire every version (2)' });
    expect(calls.some(({ what }) => what.startsWith('POST'))).toBe(false);
    await userEvent.click(screen.getByRole('button', { name: 'Retire churn@2' }));
    await waitFor(() => expect(bodyOf(calls, 'POST /models/churn/retire')).toEqual({ version: 2 }));
  });
  it('offers neither to ask nor to score with a retired version, and exports it still', async () => {
    const when = '2012-01-01T00:00:00Z';
    const calls = serve({
      ...base, 'GET /models/churn%402/document': () => new Response('{"format":1}'),
      'GET /models/churn': say({ ...churn, retired_at: when, versions: churn.versions.map((one) => ({ ...one, retired_at: when })) }),
    });
    const { container } = routed(<ModelPage called="churn" />);
    await settled();
    expect([...container.querySelectorAll('[data-ask-with], [data-score], [data-retire]')]).toEqual([]);
    await userEvent.click(container.querySelector('[data-export-model]') as HTMLElement);
    await waitFor(() => expect(URL.createObjectURL).toHaveBeenCalled());
    expect(calls.some(({ what }) => what === 'GET /models/churn%402/document')).toBe(true);
  });
  it('warns of a model that knows nothing', async () => {
    serve({ ...base, 'GET /models/churn': say({ ...churn, report: { auc: 0.5, brier: 0.23, brier_of_base_rate: 0.2275 } }) });
    const { container } = routed(<ModelPage called="churn" />);
    await settled();
    expect(container.querySelector('[data-state="warning"]')?.textContent).toMatch(/0\.23 is no better.*0\.2275/);
  });
});
