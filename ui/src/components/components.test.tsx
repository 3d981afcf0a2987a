import type { UseQueryResult } from '@tanstack/react-query';
import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { askExplained, explain, Failure, importQuery, Refusal } from '../api/client';
import { shouldRetry } from '../api/hooks';
import { script } from '../lib/explained';
import { show } from '../test/render';
import { definition } from '../test/samples';
import { AnswerFrame, Warnings } from './AnswerFrame';
import { DefinitionNote } from './DefinitionNote';
import { DropZone } from './importer/DropZone';
import { factsOf } from './importer/detected';

const query = (state: Partial<UseQueryResult<string[], Error>>) =>
  ({ isError: false, isPlaceholderData: false, data: undefined, refetch: vi.fn(), ...state }) as unknown as UseQueryResult<string[], Error>;
const frame = (state: Partial<UseQueryResult<string[], Error>>) => (
  <AnswerFrame query={query(state)} isEmpty={(list) => list.length === 0}>{(list) => <p>{list.join()}</p>}</AnswerFrame>
);

const unsaid = { en: '', zh: '' };
const refusal = new Refusal('mixed_currencies', { en: 'amounts are in `EUR` and `GBP`', zh: '金额有 EUR 与 GBP' }, { en: 'filter by currency', zh: '请按货币筛选' });

describe('where an answer will stand', () => {
  it('stands a sign of waiting', () => {
    show(frame({}));
    expect(screen.getByRole('status').getAttribute('aria-busy')).toBe('true');
  });
  it('stands a refusal with its reason and the mend', () => {
    show(frame({ isError: true, error: refusal }));
    expect(screen.getByRole('alert').textContent).toMatch(/This cannot be computed.*`EUR` and `GBP`.*filter by currency.*mixed_currencies/);
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });
  it('stands a refusal in the language of the reader', () => {
    show(frame({ isError: true, error: refusal }), 'zh');
    expect(screen.getByRole('alert').textContent).toMatch(/无法计算.*金额有 EUR 与 GBP.*请按货币筛选/);
  });
  it('stands a failure that can be tried again', async () => {
    const refetch = vi.fn();
    show(frame({ isError: true, error: new Failure('unreachable', unsaid, unsaid, 0), refetch }), 'zh');
    expect(screen.getByRole('alert').textContent).toMatch(/服务器没有响应/);
    await userEvent.click(screen.getByRole('button', { name: '重试' }));
    expect(refetch).toHaveBeenCalled();
  });
  it('stands a failure in the language of the reader, in English where it is said in English only', () => {
    const failure = explain(422, '{"error":{"code":"bad_mapping","message":"no column","hint":"say which","message_zh":"没有列","hint_zh":"请指定"}}');
    show(frame({ isError: true, error: failure }), 'zh');
    expect(screen.getByRole('alert').textContent).toMatch(/字段映射与文件不符.*没有列.*请指定/);
    expect(screen.getByRole('alert').textContent).not.toMatch(/no column|say which/);
    const english = explain(409, '{"error":{"code":"taken","message":"`x` is taken","hint":"","message_zh":"","hint_zh":""}}');
    expect(english instanceof Failure && english.in('zh')).toEqual({ message: '`x` is taken', hint: '' });
  });
  it('stands a word for nothing', () => {
    show(frame({ data: [] }));
    expect(screen.getByText('Nothing here')).toBeTruthy();
  });
  it('stands the last answer, marked, until the next is there', () => {
    const { container } = show(frame({ data: ['a'], isPlaceholderData: true }));
    expect(screen.getByText('a')).toBeTruthy();
    expect(container.querySelector('[aria-busy="true"]')).toBeTruthy();
  });
});

describe('what a server says no with', () => {
  it('a refusal is told from an error', () => {
    const refused = explain(422, '{"refused":{"code":"c","reason":"r","hint":"h","reason_zh":"因","hint_zh":"解"}}');
    expect(refused).toMatchObject({ name: 'Refusal', code: 'c' });
    expect(refused instanceof Refusal && [refused.in('en'), refused.in('zh')]).toEqual([{ reason: 'r', hint: 'h' }, { reason: '因', hint: '解' }]);
    expect(explain(404, '{"error":{"code":"not_found","message":"no import `x`","hint":""}}')).toMatchObject({ name: 'Failure', code: 'not_found', status: 404 });
    expect(explain(502, '<html>')).toMatchObject({ name: 'Failure', message: 'HTTP 502' });
  });
  it('only what may differ the next time is tried again', () => {
    expect(shouldRetry(0, refusal)).toBe(false);
    expect(shouldRetry(0, new Failure('bad', unsaid, unsaid, 400))).toBe(false);
    expect(shouldRetry(0, new Failure('unreachable', unsaid, unsaid, 0))).toBe(true);
    expect(shouldRetry(2, new Failure('unreachable', unsaid, unsaid, 0))).toBe(false);
  });
});

it('the SQL of an answer is one text, a refusal says why there is none', async () => {
  const explained = { attach: 'attach x;', statements: [{ rows: '/periods/*', sql: 'select 1' }] };
  expect(script(explained)).toBe('attach x;\n\n-- /periods/*\nselect 1;\n');
  const refused = { attach: '', statements: [], reason: { code: 'not_in_sql', reason: 'no SQL', hint: 'ask less', reason_zh: '无法表达', hint_zh: '请少问' } };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify({ explain: refused }))));
  expect(await askExplained('path', {})).toMatchObject({ statements: [], reason: { zh: { reason: '无法表达', hint: '请少问' } } });
  vi.unstubAllGlobals();
});

it('a definition stands in the language of the reader', () => {
  show(<DefinitionNote definition={definition} />, 'zh');
  expect(screen.getByText(definition.zh)).toBeTruthy();
});

it('every term of a definition stands in the language of the reader', () => {
  const { container } = show(<DefinitionNote definition={{ ...definition, flags: ['open_ended'] }} />, 'zh');
  const said = [...container.querySelectorAll('dd')].map((one) => one.textContent).join();
  for (const text of ['购买者', definition.denominator_zh, definition.window_zh, definition.mean_zh, definition.interval_zh]) expect(said).toContain(text);
  expect(screen.getByText('开放式定义')).toBeTruthy();
});

it('a warning names the nearest names', () => {
  show(<Warnings warnings={[{ code: 'unknown_event', message: 'no event is called `oder`', message_zh: '没有名为“oder”的事件', nearest: ['order'] }]} />);
  expect(screen.getByText(/no event is called `oder` — nearest names: order/)).toBeTruthy();
});

describe('imports', () => {
  it('files let fall are handed over', () => {
    const onFiles = vi.fn();
    const { container } = show(<DropZone onFiles={onFiles} />);
    const file = new File(['a'], 'a.csv');
    const zone = container.querySelector('[data-dropzone]');
    if (zone) fireEvent.drop(zone, { dataTransfer: { files: [file] } });
    expect(onFiles).toHaveBeenCalledWith([file]);
  });
  it('the question of an import carries only what was chosen', () => {
    const options = { preset: 'orders', map: {}, zone: 'UTC', currency: '', date_format: '', where: '' };
    expect(importQuery('a b.csv', options, true)).toBe('preset=orders&name=a+b.csv&zone=UTC&dry_run=true');
    expect(new URLSearchParams(importQuery('a', { ...options, map: { customer: 'CustomerID', ts: 'When' } }, false)).get('map')).toBe('{"customer":"CustomerID","ts":"When"}');
  });
  it('a file that the server still keeps is named, not sent', () => {
    const options = { preset: 'orders', map: {}, zone: 'UTC', currency: '', date_format: '', where: '' };
    expect(importQuery('a.csv', options, false, 'token')).toBe('preset=orders&name=a.csv&zone=UTC&upload=token');
  });
  it('known facts come first and none is lost', () => {
    expect(factsOf({ rows_per_second: 3, encoding: 'GB18030', format: 'csv', delimiter: '\t', mapping: [], columns: ['a'], compression: 'none' }))
      .toEqual([['format', 'csv'], ['encoding', 'GB18030'], ['delimiter', 'tab'], ['rows_per_second', '3']]);
  });
});
