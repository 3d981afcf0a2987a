/** A small answer of each kind, and models, as a server would give them. */
import type { Scoring, ShownModel } from '../api/models';
import type { CrrAnswer, Definition, Json, RetentionAnswer, RetentionCell } from '../api/types';
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

const tested = (learner: string, cut: string | null, auc: number) => ({
  learner, cut, customers: 1200, left: 420, base_rate: 0.35, auc, average_precision: 0.61, brier: 0.1702, brier_of_base_rate: 0.2275, log_loss: 0.512, calibration_error: 0.018,
  top: [{ share: 0.05, customers: 60, lift: 2.4, capture: 0.12 }, { share: 0.1, customers: 120, lift: 2.1, capture: 0.21 }],
});

const scoring = (day: string, version: number, sequence: number, median: number | null): Scoring => ({
  day, name: 'churn.churn_risk', model: `churn@${version}`, n_rows: 900, sequence,
  detail: {
    distribution: {
      n_customers: 900, n_without: median === null ? 900 : 12, mean: median, min: median && 0.01, p10: median && 0.05, p25: median && 0.1, median, p75: median && 0.6, p90: median && 0.8, max: median && 0.97,
      texts: [{ text: 'recency_days,orders', n_customers: 640 }], n_texts: 7,
    },
    drift: { score: 0.31, verdict: 'strong', features: [{ name: 'recency_days', index: 0.42 }, { name: 'orders', index: 0.12 }] },
  },
});

/** The second version of a model of churn, which has scored two days, one of them after its first version. */
export const churn: ShownModel = {
  name: 'churn', version: 2, kind: 'churn_risk', created_at: '2011-12-10T08:00:00Z', note: 'for the winter', retired_at: null, snapshot: 4, sequence: 9000, stale_after_days: 90,
  question: { as_of: '2011-12-10T00:00:00Z', horizon_days: 90, learner: 'best' },
  trained: {
    as_of: '2011-12-10T00:00:00Z', cuts: ['2011-03-14', '2011-06-12'], calibrated_on: '2011-09-10', calibration: 'isotonic', first_label: '2011-03-15', last_label: '2011-12-09',
    n_rows: 5231, n_customers: 3120, base_rate: 0.3478, sequence: 9000,
  },
  report: {
    learner: 'boosting',
    tested: [tested('forest', null, 0.77), tested('boosting', '2011-09-10', 0.79), tested('boosting', null, 0.8123)],
    reliability: [
      { from: 0, to: 0.1, customers: 300, predicted: 0.06, observed: 0.05 }, { from: 0.1, to: 0.2, customers: 0, predicted: null, observed: null }, { from: 0.5, to: 0.6, customers: 80, predicted: 0.55, observed: 0.58 },
    ],
    importance: [{ theme: 'silence', name: 'How long ago they were last seen', name_zh: '距上次出现的时间', features: ['recency_days'], auc_lost: 0.081, deviation: 0.004 }],
  },
  versions: [
    { version: 2, created_at: '2011-12-10T08:00:00Z', note: 'for the winter', retired_at: null },
    { version: 1, created_at: '2011-06-10T08:00:00Z', note: null, retired_at: null },
  ],
  scorings: [scoring('2011-12-09', 2, 9100, 0.31), scoring('2011-12-08', 2, 9050, 0.29), scoring('2011-12-08', 1, 8000, 0.11)],
};

/** How a model of lifetime value fared: other figures, and lists within lists. */
export const lifetimeReport: Json = {
  models: [
    {
      learner: 'bg_nbd', parameters: [{ name: 'r', value: 0.243, standard_error: 0.0126 }], log_likelihood: -9582.43, akaike: 19172.9,
      findings: [{ code: 'no_drop_out', en: 'this data shows no drop-out', zh: '数据未显示流失' }],
      holdout: { actual: 1789, predicted: 1790.5, total_error: 0.0008, mean_absolute_error: 0.62, root_mean_squared_error: 1.5, correlation: 0.63, by_repeats: [{ repeats: 0, customers: 700, mean_actual: 0.24, mean_predicted: 0.23 }] },
    },
    { learner: 'rate', parameters: [], log_likelihood: null, akaike: null, findings: [], holdout: null },
  ],
  chosen: { learner: 'bg_nbd', because: 'holdout', en: 'it foretold the days held out best', zh: '它对留出期的预测最准' },
  holdout: { learnt_until: '1997-09-30', days: 273, customers: 2357 },
  amounts: { learner: 'own_mean', parameters: [], log_likelihood: null, customers: null, mean: '35.0', kept: 0.98, independence: 0.11, findings: [] },
};
