import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import type { Catalog, Table } from '../../api/types';
import { show } from '../../test/render';
import { AnyTable } from './AnyTable';
import { endOfData, PastData } from './PastData';

const catalog = { n_events: 3, n_customers: 2, first: '2010-12-01T08:00:00Z', last: '2011-12-09T12:50:00Z', zone: 'UTC', events: [], properties: [] } as unknown as Catalog;
const soon = Date.parse('2012-01-01T00:00:00Z');
const late = Date.parse('2026-01-01T00:00:00Z');

describe('data of long ago', () => {
  it('end with the date of their last event', () => {
    expect(endOfData(catalog, {}, late)).toBe('2011-12-10T00:00:00Z');
    expect(endOfData(catalog, { as_of: null }, late)).toBe('2011-12-10T00:00:00Z');
  });
  it('are no news while they are fresh, nor where the question names its time', () => {
    expect(endOfData(catalog, {}, soon)).toBeNull();
    expect(endOfData(catalog, { as_of: '2011-06-30T00:00:00Z' }, late)).toBeNull();
    expect(endOfData(catalog, { to: '2011-06-30' }, late)).toBeNull();
    expect(endOfData({ last: null }, {}, late)).toBeNull();
  });
  it('are asked of as of their end', async () => {
    const ask = vi.fn();
    show(<PastData catalog={catalog} question={{ bins: 5 }} onQuestion={ask} />);
    await userEvent.click(screen.getByRole('button', { name: 'Ask as of the end of the data' }));
    expect(ask).toHaveBeenCalledWith({ bins: 5, as_of: '2011-12-10T00:00:00Z' });
  });
});

it('figures of a table are grouped, sentences wrap, names stay', () => {
  const table: Table = {
    name: 'drivers', tidy: true,
    columns: [{ name: 'customer', kind: 'text' }, { name: 'money', kind: 'decimal' }, { name: 'days', kind: 'number' }, { name: 'why', kind: 'text' }],
    rows: [['17850', '1262104.00', '1386.3', 'customers with a longer mean gap have higher odds of leaving']],
  };
  const { container } = show(<AnyTable table={table} />);
  const cells = [...container.querySelectorAll('tbody td')];
  expect(cells.map((one) => one.textContent)).toEqual(['17850', '1,262,104.00', '1,386.3', 'customers with a longer mean gap have higher odds of leaving']);
  expect(cells.map((one) => one.hasAttribute('data-long'))).toEqual([false, false, false, true]);
});
