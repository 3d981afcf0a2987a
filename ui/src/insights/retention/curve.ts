/** The retention curve as a chart: the mean with its interval, or one line per group or cohort. */
import type { Cohort, MeanCell, RetentionAnswer } from '../../api/types';
import { axes, chartText, escapeHtml, groundOf, tooltipStyle } from '../../components/chartStyle';
import type { ChartOption } from '../../components/LazyChart';
import type { Words } from '../../i18n/useWords';
import { DASHES, lineColour, MARKS, type Scheme } from '../../lib/colour';
import { figure, figureText, groupName, groupsOf, isBrokenDown, meanBasis, nColumns } from './figures';
import { columnName } from './question';

export interface CurvePoint { figure: number | null; text: string; isComplete: boolean; notes: string[] }
export interface CurveLine { name: string; weight: 'mean' | 'group' | 'cohort'; points: CurvePoint[]; band?: ([number, number] | null)[] }

/** The first column drawn: at the start every share is 100 % by definition and would flatten the rest. */
export const firstColumn = (answer: RetentionAnswer): number => (answer.question.value || nColumns(answer) < 2 ? 0 : 1);

export function curveLines(answer: RetentionAnswer, currency: string | null, withCohorts: boolean, words: Words): CurveLine[] {
  const indexes = columns(answer);
  const counted = answer.question.value !== null || answer.question.share === 'absolute';
  const cohort = (one: Cohort): CurveLine => ({
    name: isBrokenDown(answer) ? `${groupName(one, words)} · ${one.label}` : one.label,
    weight: 'cohort',
    points: indexes.map((index) => {
      const cell = one.cells.find((candidate) => candidate.index === index);
      const value = cell ? figure(cell, answer.question) : null;
      return { figure: value, text: figureText(value, answer.question, currency, words), isComplete: cell?.complete ?? false, notes: [] };
    }),
  });
  const mean = (name: string, weight: 'mean' | 'group', cells: MeanCell[]): CurveLine => {
    const byIndex = new Map(cells.map((cell) => [cell.index, cell]));
    const ranges = indexes.map((index): [number, number] | null => {
      const cell = byIndex.get(index);
      return cell?.low != null && cell.high != null ? [cell.low, cell.high] : null;
    });
    return {
      name, weight, band: ranges,
      points: indexes.map((index, at) => {
        const cell = byIndex.get(index);
        const range = ranges[at];
        const notes = range ? [`${words.share(range[0])} – ${words.share(range[1])}`] : [];
        if (cell) notes.push(...meanBasis(cell, words));
        return { figure: cell?.share ?? null, text: words.share(cell?.share), isComplete: true, notes };
      }),
    };
  };
  const cohorts = answer.cohorts.map(cohort);
  if (counted) return cohorts;
  const means = isBrokenDown(answer)
    ? groupsOf(answer).map((group) => mean(groupName(group, words), 'group', group.mean))
    : [mean(words.t('retention.mean_row'), 'mean', answer.mean)];
  return withCohorts ? [...means, ...cohorts] : means;
}

const columns = (answer: RetentionAnswer): number[] => {
  const first = firstColumn(answer);
  return Array.from({ length: Math.max(0, nColumns(answer) - first) }, (_, at) => at + first);
};

export function curveOption(answer: RetentionAnswer, lines: CurveLine[], currency: string | null, columnsTitle: string, scheme: Scheme, words: Words): ChartOption {
  const axis = axes(scheme);
  const { soft } = groundOf(scheme);
  const names = columns(answer).map((index) => columnName(answer.question.period, index));
  const foreground = lines.filter((line) => line.weight !== 'cohort');
  const onlyCohorts = foreground.length === 0;
  const coloured = onlyCohorts ? lines : foreground;
  const text = (value: number) => (foreground.length ? words.share(value, 0) : figureText(value, answer.question, currency, words));
  return {
    animation: false,
    textStyle: chartText,
    grid: { left: 8, right: 20, top: coloured.length > 1 ? 44 : 16, bottom: 30, containLabel: true },
    legend: { show: coloured.length > 1, type: 'scroll', top: 0, left: 0, itemWidth: 26, textStyle: { color: soft }, pageTextStyle: { color: soft }, pageIconColor: soft, data: coloured.map((line) => line.name) },
    tooltip: { trigger: 'axis', confine: true, ...tooltipStyle(scheme), formatter: (items: unknown) => tip(items, coloured, names, columnsTitle) },
    xAxis: { type: 'category', data: names, boundaryGap: names.length === 1, ...axis.category, name: columnsTitle, nameLocation: 'middle', nameGap: 30, nameTextStyle: axis.name },
    yAxis: { type: 'value', min: 0, ...axis.value, axisLabel: { ...axis.value.axisLabel, formatter: text } },
    series: lines.flatMap((line, at) => series(line, at, onlyCohorts, scheme)),
  };
}

function series(line: CurveLine, at: number, onlyCohorts: boolean, scheme: Scheme): object[] {
  const isQuiet = line.weight === 'cohort' && !onlyCohorts;
  const colour = isQuiet ? groundOf(scheme).soft : lineColour(scheme, at);
  const dash = isQuiet || line.weight === 'mean' ? 'solid' : (DASHES[Math.floor(at / 4) % DASHES.length] ?? 'solid');
  const drawn = {
    type: 'line', name: line.name, z: isQuiet ? 2 : 4, silent: isQuiet,
    symbol: isQuiet ? 'none' : (MARKS[at % MARKS.length] ?? 'circle'), symbolSize: line.weight === 'mean' ? 7 : 6,
    lineStyle: { color: colour, width: isQuiet ? 1 : 2.5, opacity: isQuiet ? 0.35 : 1, type: dash },
    itemStyle: { color: colour },
    data: line.points.map((point) => (point.isComplete || onlyCohorts ? point.figure : null)),
  };
  return line.weight === 'mean' && line.band ? [...band(line.band, colour), drawn] : [drawn];
}

/** An interval as two stacked lines: an unseen floor and a tinted rise. */
function band(ranges: ([number, number] | null)[], colour: string): object[] {
  const quiet = { type: 'line', stack: 'interval', symbol: 'none', silent: true, lineStyle: { opacity: 0 }, tooltip: { show: false }, z: 1 };
  return [
    { ...quiet, name: '\u200bfloor', data: ranges.map((range) => range?.[0] ?? null) },
    { ...quiet, name: '\u200brise', areaStyle: { color: colour, opacity: 0.18 }, data: ranges.map((range) => (range ? range[1] - range[0] : null)) },
  ];
}

function tip(items: unknown, lines: CurveLine[], names: string[], columnsTitle: string): string {
  const first: unknown = Array.isArray(items) ? items[0] : items;
  const at = typeof first === 'object' && first !== null && 'dataIndex' in first && typeof first.dataIndex === 'number' ? first.dataIndex : 0;
  const rows = lines.flatMap((line) => {
    const point = line.points[at];
    if (!point || point.figure === null) return [];
    return [`<div style="display:flex;gap:16px;justify-content:space-between"><span>${escapeHtml(line.name)}</span><b>${escapeHtml(point.text)}</b></div>` +
      (lines.length > 3 ? [] : point.notes).map((note) => `<div style="opacity:.75">${escapeHtml(note)}</div>`).join('')];
  });
  return `<div style="opacity:.75">${escapeHtml(columnsTitle)}: ${escapeHtml(names[at] ?? '')}</div>${rows.slice(0, 14).join('')}${rows.length > 14 ? '<div>…</div>' : ''}`;
}
