/** Pictures of a model: are its probabilities true, whom does it find, how do its scores move. */
import { axes, chartText, escapeHtml, groundOf, tooltipStyle } from '../../components/chartStyle';
import type { ChartOption } from '../../components/LazyChart';
import type { Words } from '../../i18n/useWords';
import { lineColour, type Scheme } from '../../lib/colour';
import { SLIGHT, STRONG, type Bin, type Top } from './report';
import type { ScoredDay } from './scorings';
import { figure } from './tables';

const GRID = { left: 8, right: 24, top: 36, bottom: 32, containLabel: true };

function base(scheme: Scheme) {
  const { soft } = groundOf(scheme);
  return {
    animation: false, textStyle: chartText, grid: GRID, useUTC: true,
    legend: { type: 'scroll', top: 0, left: 0, itemWidth: 26, textStyle: { color: soft }, pageTextStyle: { color: soft }, pageIconColor: soft },
  };
}

const named = (scheme: Scheme, name: string) => ({ name, nameLocation: 'middle' as const, nameGap: 30, nameTextStyle: axes(scheme).name });

/** Rows of a tooltip under a heading. */
function told(head: string, rows: [string, string][]): string {
  const lines = rows.map(([name, text]) =>
    `<div style="display:flex;gap:16px;justify-content:space-between"><span>${escapeHtml(name)}</span><b>${escapeHtml(text)}</b></div>`);
  return `${head ? `<div style="opacity:.75">${escapeHtml(head)}</div>` : ''}${lines.join('')}`;
}

/** Which point the pointer is at. */
function placeOf(items: unknown): number {
  const first: unknown = Array.isArray(items) ? items[0] : items;
  return typeof first === 'object' && first !== null && 'dataIndex' in first && typeof first.dataIndex === 'number' ? first.dataIndex : -1;
}

/** Foretold against happened: on the diagonal a probability is what it says. */
export function reliabilityOption(bins: Bin[], scheme: Scheme, words: Words): ChartOption {
  const { t, count, share } = words;
  const { soft } = groundOf(scheme);
  const axis = axes(scheme).value;
  const highest = Math.max(...bins.flatMap((bin) => [bin.predicted, bin.observed]));
  const [end, interval] = highest > 0.5 ? [1, 0.2] : [Math.max(0.1, Math.ceil(highest * 10) / 10), 0.1];
  const most = Math.max(...bins.map(({ customers }) => customers), 1);
  const scale = { type: 'value', min: 0, max: end, interval, ...axis, axisLabel: { ...axis.axisLabel, formatter: (value: number) => share(value, 0) } };
  return {
    ...base(scheme),
    tooltip: {
      trigger: 'item', confine: true, ...tooltipStyle(scheme),
      formatter: (item: unknown) => {
        const bin = bins[placeOf(item)];
        return bin ? told('', [[t('model.foretold'), share(bin.predicted)], [t('model.happened'), share(bin.observed)], [t('figure.customers'), count(bin.customers)]]) : '';
      },
    },
    xAxis: { ...scale, ...named(scheme, t('model.foretold')) },
    yAxis: scale,
    series: [
      {
        type: 'line', name: t('model.happened'), symbol: 'circle', lineStyle: { color: lineColour(scheme, 0), width: 2.5 }, itemStyle: { color: lineColour(scheme, 0) },
        // The area of a mark tells how many customers it speaks for.
        data: bins.map(({ predicted, observed, customers }) => ({ value: [predicted, observed], symbolSize: 6 + 14 * Math.sqrt(customers / most) })),
      },
      { type: 'line', name: t('model.as_foretold'), symbol: 'none', silent: true, tooltip: { show: false }, lineStyle: { color: soft, width: 1.5, type: 'dashed' }, itemStyle: { color: soft }, data: [[0, 0], [end, end]] },
    ],
  };
}

/** How many times more often those called would have left than customers taken at random. */
export function liftOption(tops: Top[], scheme: Scheme, words: Words): ChartOption {
  const { t, count, share, number } = words;
  const { soft } = groundOf(scheme);
  const axis = axes(scheme);
  return {
    ...base(scheme),
    tooltip: {
      trigger: 'axis', confine: true, ...tooltipStyle(scheme),
      formatter: (items: unknown) => {
        const top = tops[placeOf(items)];
        return top ? told(t('model.top_share', { share: share(top.share, 0) }), [
          [t('figure.lift'), number(top.lift)],
          ...(top.capture === null ? [] : [[t('figure.capture'), share(top.capture)] as [string, string]]),
          ...(top.customers === null ? [] : [[t('figure.customers'), count(top.customers)] as [string, string]]),
        ]) : '';
      },
    },
    xAxis: { type: 'category', data: tops.map((top) => share(top.share, 0)), ...axis.category, ...named(scheme, t('figure.share')) },
    yAxis: { type: 'value', min: 0, ...axis.value, axisLabel: { ...axis.value.axisLabel, formatter: (value: number) => number(value) } },
    series: [
      {
        type: 'line', name: t('figure.lift'), symbol: 'circle', symbolSize: 11, lineStyle: { color: lineColour(scheme, 0), width: 2.5 }, itemStyle: { color: lineColour(scheme, 0) },
        label: { show: true, position: 'top', color: soft, formatter: ({ value }: { value: number }) => `${number(value, 1)}×` },
        data: tops.map((top) => top.lift),
      },
      // A random pick finds as many as there are: once the base rate.
      { type: 'line', name: t('model.at_random'), symbol: 'none', silent: true, lineStyle: { color: soft, width: 1.5, type: 'dashed' }, itemStyle: { color: soft }, data: tops.map(() => 1) },
    ],
  };
}

const timeAxis = (scheme: Scheme, words: Words) => {
  const { category } = axes(scheme);
  return { type: 'time', ...category, axisLabel: { ...category.axisLabel, formatter: (at: number) => words.date(new Date(at).toISOString()) }, splitLine: { show: false } };
};

/** Median and mean of a day's values, and where the middle four fifths of the customers are. */
export function spreadOption(days: ScoredDay[], scheme: Scheme, words: Words): ChartOption {
  const { t } = words;
  const axis = axes(scheme).value;
  const point = (day: string, value: number | null) => [day, value];
  const line = (name: string, at: number, get: (one: ScoredDay) => number | null, dash: 'solid' | 'dashed') => ({
    type: 'line', name, symbol: dash === 'solid' ? 'circle' : 'rect', symbolSize: 7, lineStyle: { color: lineColour(scheme, at), width: 2.5, type: dash },
    itemStyle: { color: lineColour(scheme, at) }, data: days.map((one) => point(one.day, get(one))), z: 4,
  });
  const quiet = { type: 'line', stack: 'middle', stackStrategy: 'all', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, z: 1 };
  return {
    ...base(scheme),
    legend: { ...base(scheme).legend, data: [t('model.median'), t('model.mean'), t('model.middle')] },
    tooltip: {
      trigger: 'axis', confine: true, ...tooltipStyle(scheme),
      formatter: (items: unknown) => {
        const one = days[placeOf(items)];
        return one ? told(`${words.date(one.day)} · ${one.model}`, spreadRows(one, words)) : '';
      },
    },
    xAxis: timeAxis(scheme, words),
    yAxis: { type: 'value', scale: true, ...axis, axisLabel: { ...axis.axisLabel, formatter: (value: number) => words.number(value, 3) } },
    series: [
      { ...quiet, name: '\u200bfloor', data: days.map((one) => point(one.day, one.spread.p10)) },
      {
        ...quiet, name: t('model.middle'), areaStyle: { color: lineColour(scheme, 0), opacity: 0.18 }, itemStyle: { color: lineColour(scheme, 0), opacity: 0.35 },
        data: days.map(({ day, spread: { p10, p90 } }) => point(day, p10 === null || p90 === null ? null : p90 - p10)),
      },
      line(t('model.median'), 0, (one) => one.spread.median, 'solid'),
      line(t('model.mean'), 1, (one) => one.spread.mean, 'dashed'),
    ],
  };
}

function spreadRows({ spread }: ScoredDay, words: Words): [string, string][] {
  const { t } = words;
  const value = (one: number | null) => (one === null ? '–' : figure('', one, words));
  return [
    [t('model.median'), value(spread.median)], [t('model.mean'), value(spread.mean)],
    [t('model.middle'), `${value(spread.p10)} – ${value(spread.p90)}`], [t('figure.customers'), words.count(spread.nCustomers)],
  ];
}

/** How far what has moved most has moved, day by day, with the bounds in use. */
export function driftOption(days: ScoredDay[], scheme: Scheme, words: Words): ChartOption {
  const { t } = words;
  const { soft } = groundOf(scheme);
  const axis = axes(scheme).value;
  const bound = (at: number, name: string) => ({ yAxis: at, label: { formatter: name, position: 'insideStartTop', color: soft, fontSize: 12 } });
  const values = days.map((one) => one.drift?.farthest ?? null);
  return {
    ...base(scheme),
    legend: { show: false },
    tooltip: {
      trigger: 'axis', confine: true, ...tooltipStyle(scheme),
      formatter: (items: unknown) => {
        const one = days[placeOf(items)];
        if (!one?.drift) return '';
        const moved = one.drift.features.slice(0, 5).map(({ name, index }): [string, string] => [name, figure('', index, words)]);
        return told(`${words.date(one.day)} · ${t(`drift.${one.drift.verdict}`)}`, moved);
      },
    },
    xAxis: timeAxis(scheme, words),
    yAxis: { type: 'value', min: 0, max: Math.ceil(Math.max(STRONG, ...values.map((value) => value ?? 0)) * 11) / 10, ...axis, axisLabel: { ...axis.axisLabel, formatter: (value: number) => words.number(value, 2) } },
    series: [{
      type: 'line', name: t('model.drift'), symbol: 'circle', symbolSize: 7, lineStyle: { color: lineColour(scheme, 2), width: 2.5 }, itemStyle: { color: lineColour(scheme, 2) },
      data: days.map(({ day }, at) => [day, values[at] ?? null]),
      markLine: { silent: true, symbol: 'none', lineStyle: { color: soft, type: 'dotted', width: 1.5 }, data: [bound(SLIGHT, t('drift.slight')), bound(STRONG, t('drift.strong'))] },
    }],
  };
}
