import { renderHook } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { startLanguages, type Language } from '../../i18n';
import { useWords, type Words } from '../../i18n/useWords';
import { churn, lifetimeReport } from '../../test/samples';
import { driftOption, liftOption, reliabilityOption, spreadOption } from './pictures';
import { brierOfBaseRate, driftOf, headline, learnerOf, reliability, tops, trainedOf } from './report';
import { inForce, lastDay, scoreNames } from './scorings';
import { layOut } from './tables';

const words = (language: Language = 'en'): Words => {
  startLanguages(language);
  return renderHook(() => useWords()).result.current;
};

describe('a report', () => {
  it('is headed by what was kept, over all tested dates together', () => {
    expect(learnerOf(churn.report)).toBe('boosting');
    expect(headline(churn.report).slice(0, 3)).toEqual([{ name: 'auc', value: 0.8123 }, { name: 'average_precision', value: 0.61 }, { name: 'brier', value: 0.1702 }]);
    expect(brierOfBaseRate(churn.report)).toBe(0.2275);
    expect(headline(lifetimeReport).map(({ name }) => name)).toEqual(['total_error', 'mean_absolute_error', 'correlation']);
    expect(headline({ auc: 0.7, recall: 0.6, warned: 3 })).toEqual([{ name: 'auc', value: 0.7 }, { name: 'recall', value: 0.6 }]);
    expect([headline(null), headline('x'), headline({ tested: [] })]).toEqual([[], [], []]);
  });
  it('gives what can be drawn, without bins of nobody', () => {
    expect(reliability(churn.report).map(({ predicted }) => predicted)).toEqual([0.06, 0.55]);
    expect(tops(churn.report).map(({ lift }) => lift)).toEqual([2.4, 2.1]);
    expect([reliability(lifetimeReport), tops(lifetimeReport)]).toEqual([[], []]);
  });
  it('tells what was seen, whatever form the cuts have', () => {
    expect(trainedOf(churn)).toMatchObject({ n_rows: 5231, n_customers: 3120, base_rate: 0.3478, cuts: ['2011-03-14', '2011-06-12'] });
    expect(trainedOf({ trained: { cuts: [{ date: '2011-01-31' }, 7] } })).toMatchObject({ cuts: ['2011-01-31'], n_rows: null });
  });
  it('is laid out whole: lists in tables, lists within rows under what the row is called', () => {
    const tables = layOut('Figures', lifetimeReport, words());
    expect(tables.map(({ name }) => name)).toEqual(['Figures', 'Models tried', 'Models tried · Parameters', 'Models tried · Findings', 'Models tried · Days held out · By repeats']);
    const [, models, parameters, findings] = tables;
    expect(parameters?.rows).toEqual([['bg_nbd', 'r', '0.243', '0.0126']]);
    expect(findings?.rows[0]).toEqual(['bg_nbd', 'no_drop_out', 'this data shows no drop-out']);
    const at = models?.columns.findIndex(({ name }) => name === 'Days held out · Foretold') ?? -1;
    expect([models?.rows[0]?.[at], models?.rows[1]?.[at]]).toEqual(['1,790.5', null]);
    expect(tables[0]?.rows).toContainEqual(['Order amounts · Not refunded', '98.0%']);
  });
  it('speaks the language of its reader', () => {
    const [, , tops_, , importance] = layOut('数值', churn.report, words('zh'));
    expect(tops_?.columns.map(({ name }) => name)).toEqual(['学习器', '切点', '客户占比', '客户数', '提升度', '占全部流失客户']);
    expect(importance?.rows[0]).toEqual(['silence', '距上次出现的时间', 'recency_days', '0.081', '0.004']);
  });
});

describe('scored days', () => {
  it('count once: the scoring with the larger sequence is in force', () => {
    expect(scoreNames(churn.scorings)).toEqual(['churn.churn_risk']);
    expect(inForce(churn.scorings, 'churn.churn_risk').map(({ day, model, spread }) => [day, model, spread.median])).toEqual([['2011-12-08', 'churn@2', 0.29], ['2011-12-09', 'churn@2', 0.31]]);
    expect([lastDay(churn.scorings), lastDay([])]).toEqual(['2011-12-09', null]);
  });
  it('have the drift that the kind tells, or the usual bounds where it judges nothing', () => {
    expect(driftOf(churn.scorings[0]?.detail ?? null)).toMatchObject({ verdict: 'strong', farthest: 0.42 });
    expect(driftOf({ drift: { features: [{ name: 'a', index: 0.02 }, { name: 'b', index: 0.2 }] } })).toEqual({ verdict: 'slight', farthest: 0.2, features: [{ name: 'b', index: 0.2 }, { name: 'a', index: 0.02 }] });
    expect(driftOf({ drift: { features: [], verdict: 'none' } })).toMatchObject({ verdict: 'none', farthest: null });
    expect([driftOf({ drift: {} }), driftOf({ drift: null }), driftOf({})]).toEqual([null, null, null]);
  });
});

describe('pictures of a model', () => {
  type Drawn = { series: { data: unknown[] }[]; yAxis: { max?: number } };
  it('draw what the report says', () => {
    const [curve, diagonal] = (reliabilityOption(reliability(churn.report), 'light', words()) as Drawn).series;
    expect(curve?.data).toMatchObject([{ value: [0.06, 0.05], symbolSize: 20 }, { value: [0.55, 0.58] }]);
    expect(diagonal?.data).toEqual([[0, 0], [1, 1]]);
    expect((liftOption(tops(churn.report), 'dark', words()) as Drawn).series.map(({ data }) => data)).toEqual([[2.4, 2.1], [1, 1]]);
  });
  it('draw days as what is in force', () => {
    const days = inForce(churn.scorings, 'churn.churn_risk');
    const [floor, rise, median] = (spreadOption(days, 'light', words()) as Drawn).series;
    expect([floor?.data[0], median?.data[1]]).toEqual([['2011-12-08', 0.05], ['2011-12-09', 0.31]]);
    expect(rise?.data.map((point) => (point as [string, number])[1])).toEqual([0.75, 0.75]);
    const drift = driftOption(days, 'light', words()) as Drawn;
    expect(drift.series[0]?.data).toEqual([['2011-12-08', 0.42], ['2011-12-09', 0.42]]);
    expect(drift.yAxis.max).toBe(0.5);
  });
});
