/** The rate over time beside the band that is quoted for an industry. */
import type { Benchmark, CrrAnswer, CrrPeriod } from '../../api/types';
import { axes, chartText, escapeHtml, groundOf, tooltipStyle } from '../../components/chartStyle';
import type { ChartOption } from '../../components/LazyChart';
import type { Words } from '../../i18n/useWords';
import { DASHES, lineColour, MARKS, type Scheme } from '../../lib/colour';
import { isGrouped, seriesOf } from './figures';

interface Line { name: string; at: number; values: Map<string, { rate: number | null; complete: boolean }>; isDashed: boolean }

export function trendOption(answer: CrrAnswer, band: Benchmark | null, bandName: string, scheme: Scheme, words: Words): ChartOption {
  const axis = axes(scheme);
  const { soft, surface } = groundOf(scheme);
  const labels = [...new Map(answer.periods.map((period) => [period.start, period.label]))].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = linesOf(answer, words);
  const rates = lines.flatMap((line) => [...line.values.values()].map((value) => value.rate ?? 0));
  return {
    animation: false,
    textStyle: chartText,
    grid: { left: 4, right: 18, top: 40, bottom: 8, containLabel: true },
    legend: { type: 'scroll', top: 0, left: 0, itemWidth: 28, textStyle: { color: soft }, pageTextStyle: { color: soft }, pageIconColor: soft, data: lines.map((line) => line.name) },
    tooltip: { trigger: 'axis', confine: true, ...tooltipStyle(scheme), formatter: (items: unknown) => tip(items, lines, labels, words) },
    xAxis: { type: 'category', data: labels.map(([, label]) => label), boundaryGap: false, ...axis.category },
    yAxis: {
      type: 'value', min: Math.floor(Math.min(0, ...rates) * 5) / 5, max: Math.ceil(Math.max(1, ...rates) * 5) / 5, interval: 0.2, ...axis.value,
      axisLabel: { ...axis.value.axisLabel, formatter: (value: number) => words.share(value, 0) },
    },
    series: lines.map((line, index) => ({
      type: 'line', name: line.name, connectNulls: false, symbol: MARKS[index % MARKS.length], symbolSize: line.isDashed ? 5 : 8,
      lineStyle: { color: lineColour(scheme, line.at), width: line.isDashed ? 1.5 : 2.5, type: line.isDashed ? 'dashed' : DASHES[Math.floor(index / 4) % DASHES.length] },
      itemStyle: { color: lineColour(scheme, line.at) },
      data: labels.map(([start]) => {
        const value = line.values.get(start);
        if (!value || value.rate === null) return null;
        // A period that is not over is a hollow mark.
        return value.complete ? value.rate : { value: value.rate, itemStyle: { color: surface, borderColor: lineColour(scheme, line.at), borderWidth: 2 } };
      }),
      ...(index === 0 && band ? bandMark(band, bandName, soft) : {}),
    })),
  };
}

function linesOf(answer: CrrAnswer, words: Words): Line[] {
  const values = (periods: CrrPeriod[], of: 'set' | 'classic') =>
    new Map(periods.map((period) => [period.start, { rate: period[of], complete: period.complete }]));
  const series = seriesOf(answer, words);
  const sets = series.map((one, at): Line => ({ name: one.name, at, values: values(one.periods, 'set'), isDashed: false }));
  const first = series[0];
  if (isGrouped(answer) || !first) return sets;
  return [...sets, { name: words.t('crr.classic'), at: 1, values: values(first.periods, 'classic'), isDashed: true }];
}

function bandMark(band: Benchmark, name: string, ink: string): object {
  const label = { show: true, color: ink, fontSize: 12, formatter: name };
  if (band.low === band.high) {
    return { markLine: { silent: true, symbol: 'none', data: [{ yAxis: band.low }], lineStyle: { color: ink, type: 'dotted', width: 1.5 }, label: { ...label, position: 'insideStartTop' } } };
  }
  return {
    markArea: {
      silent: true, itemStyle: { color: ink, opacity: 0.12 },
      label: { ...label, position: 'insideBottomRight', distance: 6 },
      data: [[{ yAxis: band.low }, { yAxis: band.high }]],
    },
  };
}

function tip(items: unknown, lines: Line[], labels: [string, string][], words: Words): string {
  const first: unknown = Array.isArray(items) ? items[0] : items;
  const at = typeof first === 'object' && first !== null && 'dataIndex' in first && typeof first.dataIndex === 'number' ? first.dataIndex : 0;
  const [start, label] = labels[at] ?? ['', ''];
  const rows = lines.flatMap((line) => {
    const value = line.values.get(start);
    if (!value) return [];
    const note = value.complete ? '' : ` <span style="opacity:.7">${escapeHtml(words.t('crr.not_over'))}</span>`;
    return [`<div style="display:flex;gap:16px;justify-content:space-between"><span>${escapeHtml(line.name)}${note}</span><b>${escapeHtml(words.share(value.rate))}</b></div>`];
  });
  return `<div style="opacity:.75">${escapeHtml(label)}</div>${rows.join('')}`;
}
