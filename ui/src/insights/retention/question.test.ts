import { describe, expect, it } from 'vitest';
import type { Catalog, Condition } from '../../api/types';
import { read } from '../../components/controls/EventPicker';
import { decode } from '../../lib/decode';
import { readSizes } from './controls/PeriodPicker';
import {
  changed, columnName, DEFAULTS, defaultsFor, eventsOf, flatten, isCondition, nChangedOptions, resolve, SHAPE, unflatten, withEvents,
} from './question';

const catalog: Catalog = {
  events: [{ name: 'order', n_rows: 3 }], properties: [], currencies: ['GBP'], zone: 'Europe/London', first: '2010-12-01T08:26:00Z', last: '2011-12-09T12:50:00Z', n_customers: 2, n_events: 3,
};

describe('the question in the address', () => {
  it('survives the way there and back, every field of it', () => {
    const search = {
      enter: 'every_period', start: { event: ['order', 'refund'], where: { any: [{ field: 'amount', op: '>', value: 0 }, { not: { field: 'properties.x', op: 'is_set' } }] } },
      return: { event: '*' }, count: { at_least: 2, of: 4 }, window: 'rolling', period: { brackets: [1, 3, 7], unit: 'day' }, rows: 'month', periods: 4, from: '2010-12-01', to: '2011-12-09',
      as_of: '2011-12-10T00:00:00Z', zone: 'Asia/Shanghai', week_start: 'sunday', fiscal_year_start: 4, population: 'net_buyers', min: { occurrences: 2, amount: 5, days: 2 },
      value: { of: 'amount', aggregate: { percentile: 0.9 }, per: 'returner' }, share: 'previous', incomplete: 'eligible', breakdown: [{ field: 'currency', at: 'return' }], top: 3,
      mean: { kind: 'simple', interval: 'bootstrap' }, cell: { cohort: '2010-12-01', index: 1, group: ['UK', null], other: false }, lines: true,
    };
    expect(decode(SHAPE, JSON.parse(JSON.stringify(search)) as Record<string, unknown>)).toEqual(search);
    expect(Object.keys(search).sort()).toEqual(Object.keys(SHAPE).sort());
  });

  it('drops what is malformed instead of asking it', () => {
    const bad = { period: 'fortnight', periods: 0, from: '2010-13-01', start: { event: [] }, count: { at_least: 2 }, breakdown: ['x'], min: { occurrences: 1 }, value: { of: 'amount' } };
    expect(decode(SHAPE, bad)).toEqual({});
  });

  it('keeps only what differs from the defaults', () => {
    const base = defaultsFor(catalog);
    expect(changed({}, base, { periods: 6 })).toEqual({ periods: 6 });
    expect(changed({ periods: 6 }, base, { periods: base.periods })).toEqual({});
    expect(changed({ lines: true }, base, { cell: { cohort: '2010-12-01', index: 1 } })).toEqual({ lines: true, cell: { cohort: '2010-12-01', index: 1 } });
    expect(changed({ lines: true }, base, { lines: false })).toEqual({});
  });

  it('asks about buyers where there are orders and about everyone elsewhere', () => {
    expect(defaultsFor(catalog)).toMatchObject({ population: 'buyers', start: { event: 'order' }, return: { event: 'order' } });
    expect(defaultsFor({ ...catalog, events: [] })).toEqual({ ...DEFAULTS, zone: 'Europe/London' });
  });

  it('brackets fix the number of columns', () => {
    expect(resolve({ period: { brackets: [1, 3], unit: 'day' }, periods: 50 }, DEFAULTS).periods).toBe(3);
    expect('lines' in resolve({ lines: true }, DEFAULTS)).toBe(false);
  });

  it('counts the options that are out of sight', () => {
    expect(nChangedOptions({ ...DEFAULTS, periods: 3, zone: 'Asia/Shanghai', share: 'previous' }, DEFAULTS)).toBe(2);
  });
});

it('brackets are named by the units they span', () => {
  const period = { brackets: [1, 3, 7, 14], unit: 'day' as const };
  expect([0, 1, 2, 3, 4].map((index) => columnName(period, index))).toEqual(['0', '1', '2–4', '5–11', '12–25']);
  expect(columnName('month', 7)).toBe('7');
});

it('bracket sizes are whole and positive', () => {
  expect(readSizes('1, 3，7 14')).toEqual([1, 3, 7, 14]);
  for (const bad of ['', '1, x', '0', '1.5', '-2']) expect(readSizes(bad)).toBeNull();
});

describe('conditions', () => {
  it('flat ones become rows and rows become conditions', () => {
    const flat: Condition = { any: [{ field: 'amount', op: '>', value: 0 }, { field: 'item', op: 'is_set' }] };
    const rows = flatten(flat);
    expect(rows && unflatten(rows.join, rows.tests)).toEqual(flat);
    expect(unflatten('all', [])).toBeUndefined();
  });
  it('deeper ones are left alone', () => {
    expect(flatten({ all: [{ not: { field: 'a', op: 'is_set' } }] })).toBeNull();
  });
  it('endless nesting is no condition', () => {
    let deep: Condition = { field: 'a', op: 'is_set' };
    for (let i = 0; i < 20; i++) deep = { not: deep };
    expect(isCondition(deep)).toBe(false);
  });
  it('typed values are read as what they look like, quotes make text', () => {
    expect(read('5.5', '=')).toBe(5.5);
    expect(read('007', '=')).toBe('007');
    expect(read('"5"', '=')).toBe('5');
    expect(read('true', '=')).toBe(true);
    expect(read('a, 2, b', 'in')).toEqual(['a', 2, 'b']);
  });
});

it('events of a filter: none is any', () => {
  expect(eventsOf({ event: '*' })).toEqual([]);
  expect(withEvents({ event: 'a', where: { field: 'x', op: 'is_set' } }, [])).toEqual({ event: '*', where: { field: 'x', op: 'is_set' } });
  expect(withEvents({ event: '*' }, ['a', 'b'])).toEqual({ event: ['a', 'b'] });
});
