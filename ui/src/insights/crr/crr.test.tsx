import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Catalog } from '../../api/types';
import { show } from '../../test/render';
import { crr } from '../../test/samples';
import { latest } from './figures';
import { CrrHeadline } from './Headline';
import { PeriodTable } from './PeriodTable';

vi.mock('../../components/LazyChart', () => ({ LazyChart: ({ label }: { label: string }) => <div role="img" aria-label={label} /> }));

const catalog: Catalog = { events: [], properties: [], currencies: [], first: null, last: null, n_customers: 0, n_events: 0 };

describe('the headline', () => {
  beforeAll(() => { Element.prototype.scrollIntoView = vi.fn(); });

  it('is the newest finished period, both forms side by side, with what they are made of', () => {
    show(<CrrHeadline answer={crr} catalog={catalog} onIndustry={vi.fn()} />);
    expect(screen.getByText('2011-01, the newest finished period')).toBeTruthy();
    expect(screen.getByText('66.7%')).toBeTruthy();
    expect(screen.getByText('67.0%')).toBeTruthy();
    expect(screen.getByText(/590 of the 885 active at the start/)).toBeTruthy();
    expect(screen.getByText('why')).toBeTruthy();
    for (const n of ['885', '1,010', '417', '590', '3', '295']) expect(screen.getByText(n)).toBeTruthy();
  });

  it('quotes the band with source, date and a warning', () => {
    show(<CrrHeadline answer={crr} catalog={catalog} onIndustry={vi.fn()} />);
    expect(screen.getByText(/Retail 60%–80%: National Retail Federation, Mar 2023\./)).toBeTruthy();
    expect(screen.getByText(/Unverified\. Definitions differ/)).toBeTruthy();
  });

  it('says why there is no rate instead of showing 0', () => {
    show(<CrrHeadline answer={{ ...crr, periods: crr.periods.slice(0, 1) }} catalog={catalog} onIndustry={vi.fn()} />);
    expect(screen.getByText('–')).toBeTruthy();
    expect(screen.getByText('No customer was active at the start')).toBeTruthy();
  });

  it('asks for another industry', async () => {
    const onIndustry = vi.fn();
    show(<CrrHeadline answer={crr} catalog={catalog} onIndustry={onIndustry} />);
    await userEvent.click(screen.getByRole('combobox', { name: 'Compare with an industry' }));
    await userEvent.click(screen.getByRole('option', { name: 'Banking' }));
    expect(onIndustry).toHaveBeenCalledWith('banking');
  });
});

it('an unfinished period is never the newest finished one', () => {
  expect(latest(crr.periods).now?.label).toBe('2011-01');
  expect(latest(crr.periods).before).toBeNull();
});

describe('the table of periods', () => {
  it('sorts by a column and back, newest first to begin with', async () => {
    show(<PeriodTable answer={crr} />);
    const labels = () => screen.getAllByRole('row').slice(1).map((row) => within(row).getAllByRole('cell')[0]?.textContent);
    expect(labels()).toEqual(['2011-02', '2011-01', '2010-12']);
    await userEvent.click(screen.getByRole('button', { name: /Lost/ }));
    expect(labels()).toEqual(['2011-01', '2011-02', '2010-12']);
  });
});
