/** A small answer of each kind, as a server would give it. */
import type { CrrAnswer, Definition, RetentionAnswer, RetentionCell } from '../api/types';
import { DEFAULTS as CRR } from '../insights/crr/question';
import { DEFAULTS } from '../insights/retention/question';

export const definition: Definition = {
  en: 'Of the buyers whose first order fell in a month, the share who ordered again.', zh: '首次下单落在某月的购买者中再次下单的占比。',
  population: 'buyers', denominator: 'cohort', denominator_zh: '该行的客户', window: 'calendar month', window_zh: '自然月', zone: 'UTC', from: '2010-12-01', to: '2011-02-28',
  as_of: '2011-02-10T00:00:00Z', mean: 'pooled', mean_zh: '合并', interval: 'wilson', interval_zh: 'Wilson 区间', closed: true, flags: [],
};

const cell = (index: number, customers: number, size: number, complete = true): RetentionCell =>
  ({ index, customers, returned: index ? customers : 7, share: size ? customers / size : null, complete, ...(index ? { interval: [0.33, 0.4] as [number, number] } : {}) });

export const retention: RetentionAnswer = {
  kind: 'retention',
  cohorts: [
    { start: '2010-12-01', label: '2010-12', group: null, size: 885, partial: false, cells: [cell(0, 885, 885), cell(1, 324, 885), cell(2, 286, 885, false)] },
    { start: '2011-01-01', label: '2011-01', group: null, size: 417, partial: true, cells: [cell(0, 417, 417), cell(1, 92, 417, false)] },
  ],
  mean: [
    { index: 0, share: 1, customers: 1302, of: 1302, cohorts: 2 },
    { index: 1, share: 0.3661, low: 0.335, high: 0.398, customers: 324, of: 885, cohorts: 1 },
    { index: 2, share: null, customers: 0, of: 0, cohorts: 0, reason: 'no_complete_cell' },
  ],
  definition, warnings: [], customers: null,
  question: { ...DEFAULTS, start: { event: 'order' }, return: { event: 'order' }, population: 'buyers' },
};

const month = { group: null, interval: null, complete: true, difference: 'why', difference_zh: '原因', reason: null, acquired: 417 };
export const crr: CrrAnswer = {
  kind: 'crr', active: { trailing_days: 87.3, chosen: 'p90 of 14,194 gaps' },
  periods: [
    { ...month, start: '2010-12-01', end: '2011-01-01', label: '2010-12', s: 0, e: 885, n: 885, kept: 0, won_back: 0, lost: 0, classic: null, set: null, churn: null, reason: 'no_customers_at_start' },
    { ...month, start: '2011-01-01', end: '2011-02-01', label: '2011-01', s: 885, e: 1010, n: 417, kept: 590, won_back: 3, lost: 295, classic: 0.67, set: 0.6667, churn: 0.3333 },
    { ...month, start: '2011-02-01', end: '2011-03-01', label: '2011-02', s: 1010, e: 900, n: 100, kept: 790, won_back: 10, lost: 220, classic: 0.79, set: 0.78, churn: 0.22, complete: false },
  ],
  overall: null,
  benchmarks: [{ industry: 'retail', low: 0.6, high: 0.8, source: 'National Retail Federation', as_quoted: '2023-03', verified: false, note: 'definitions differ' }],
  definition, warnings: [], customers: null, question: CRR,
};
