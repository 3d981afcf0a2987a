import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { show } from '../../test/render';
import { crr } from '../../test/samples';
import type { Words } from '../../i18n/useWords';
import { latest, periodGroup } from './figures';
import { CrrHeadline } from './Headline';
import { PeriodTable } from './PeriodTable';

vi.mock('../../components/LazyChart', () => ({ LazyChart: ({ label }: { label: string }) => <div role="img" aria-label={label} /> }));

describe('the headline', () => {
  beforeAll(() => { Element.prototype.scrollIntoView = vi.fn(); });

  it('is the newest finished period, both forms side by side, with what they are made of', () => {
    show(<CrrHeadline answer={crr} industry="retail" onIndustry={vi.fn()} onSet={vi.fn()} />);
    expect(screen.getByText('2011-01, the newest finished period')).toBeTruthy();
    expect(screen.getByText('66.7%')).toBeTruthy();
    expect(screen.getByText('67.0%')).toBeTruthy();
    expect(screen.getByText(/590 of the 885 active at the start/)).toBeTruthy();
    expect(screen.getByText('why')).toBeTruthy();
    for (const n of ['885', '1,010', '417', '590', '3', '295']) expect(screen.getByText(n)).toBeTruthy();
  });

  it('quotes the band with source, date and a warning', () => {
    show(<CrrHeadline answer={crr} industry="retail" onIndustry={vi.fn()} onSet={vi.fn()} />);
    expect(screen.getByText(/Retail 60%–80%: National Retail Federation, Mar 2023\./)).toBeTruthy();
    expect(screen.getByText(/Unverified\. Definitions differ/)).toBeTruthy();
  });

  it('says why there is no rate instead of showing 0', () => {
    show(<CrrHeadline answer={{ ...crr, periods: crr.periods.slice(0, 1) }} industry="retail" onIndustry={vi.fn()} onSet={vi.fn()} />);
    expect(screen.getByText('–')).toBeTruthy();
    expect(screen.getByText('No customer was active at the start')).toBeTruthy();
  });

  it('asks for another industry', async () => {
    const onIndustry = vi.fn();
    const banking = { industry: 'banking', low: 0.89, high: 0.89, source: 'x', as_quoted: null, verified: false };
    show(<CrrHeadline answer={{ ...crr, benchmarks: [...crr.benchmarks, banking] }} industry="retail" onIndustry={onIndustry} onSet={vi.fn()} />);
    await userEvent.click(screen.getByRole('combobox', { name: 'Compare with an industry' }));
    await userEvent.click(screen.getByRole('option', { name: 'Banking' }));
    expect(onIndustry).toHaveBeenCalledWith('banking');
  });
});

it('a number opens the customers behind it', async () => {
  const onSet = vi.fn();
  show(<CrrHeadline answer={crr} industry={null} onIndustry={vi.fn()} onSet={onSet} />);
  await userEvent.click(screen.getByRole('button', { name: '295' }));
  expect(onSet).toHaveBeenCalledWith(crr.periods[1], 'lost');
});

it('the reason why two forms differ is said in the language of the reader', () => {
  show(<CrrHeadline answer={crr} industry={null} onIndustry={vi.fn()} onSet={vi.fn()} />, 'zh');
  expect(screen.getByText('原因')).toBeTruthy();
});

it('new and old are told apart within a breakdown, the computed rest included', () => {
  const words = { t: (key: string) => key } as unknown as Words;
  const answer = { ...crr, question: { ...crr.question, by: 'new_old' as const, breakdown: [{ field: 'currency', at: 'start' as const }] } };
  expect(periodGroup({ group: ['GBP', 'new'] }, answer, words)).toBe('GBP · crr.new');
  expect(periodGroup({ group: ['old'], other: true }, answer, words)).toBe('retention.other · crr.old');
  expect(periodGroup({ group: [null, 'old'] }, answer, words)).toBe('retention.blank · crr.old');
});

it('an unfinished period is never the newest finished one', () => {
  expect(latest(crr.periods).now?.label).toBe('2011-01');
  expect(latest(crr.periods).before).toBeNull();
});

describe('the table of periods', () => {
  it('sorts by a column and back, newest first to begin with', async () => {
    show(<PeriodTable answer={crr} onSet={vi.fn()} />);
    const labels = () => screen.getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('cell')[0]?.textContent);
    expect(labels()).toEqual(['2011-02', '2011-01', '2010-12']);
    await userEvent.click(screen.getByRole('button', { name: /Lost/ }));
    expect(labels()).toEqual(['2011-01', '2011-02', '2010-12']);
  });
});
