/** What a cell says, apart from how it is drawn. */
import type { Cohort, Group, MeanCell, RetentionAnswer, RetentionCell, RetentionGroup, RetentionQuestion } from '../../api/types';
import type { Words } from '../../i18n/useWords';

/** The number a cell shows under a question: a share, a count of customers, or a value. */
export function figure(cell: RetentionCell, question: RetentionQuestion): number | null {
  if (question.value) return cell.value == null ? null : Number(cell.value);
  return question.share === 'absolute' ? cell.customers : cell.share;
}

export function figureText(value: number | null, question: RetentionQuestion, currency: string | null, words: Words): string {
  if (value === null) return '–';
  if (question.value) return question.value.of === 'amount' ? words.money(value, currency) : words.number(value);
  return question.share === 'absolute' ? words.count(value) : words.share(value);
}

/**
 * The top of the heat scale: what 98 % of the customers' figures stay under. Column 0 is left out,
 * else its 100 % would bleach the rest, and so would a cohort of three in a breakdown.
 */
export function heatTop(answer: RetentionAnswer): { top: number; isCut: boolean } {
  const from = answer.question.value ? 0 : 1;
  const figures = answer.cohorts.flatMap((cohort) => cohort.cells
    .filter((cell) => cell.index >= from)
    .map((cell) => ({ value: figure(cell, answer.question) ?? 0, weight: cohort.size })));
  figures.sort((a, b) => b.value - a.value);
  const cut = 0.02 * figures.reduce((sum, one) => sum + one.weight, 0);
  let above = 0;
  const at = figures.find((one) => (above += one.weight) > cut);
  const top = at?.value ?? 0;
  return { top, isCut: top < (figures[0]?.value ?? 0) };
}

/** What a share is a share of. */
export function denominator(cohort: Cohort, cell: RetentionCell, question: RetentionQuestion): number {
  if (question.share === 'previous' && cell.index > 0) {
    return cohort.cells.find((one) => one.index === cell.index - 1)?.customers ?? cohort.size;
  }
  return cell.eligible ?? cohort.size;
}

export const bounds = ({ interval }: RetentionCell): { low: number; high: number } | null =>
  (interval ? { low: interval[0], high: interval[1] } : null);

export const nColumns = (answer: RetentionAnswer): number =>
  Math.max(0, ...answer.cohorts.flatMap((cohort) => cohort.cells.map((cell) => cell.index + 1)));

/** Customers per group, whatever the order of keys; the computed rest has one of its own. */
export const groupKey = ({ group, other }: Grouped): string => JSON.stringify([other ?? false, group]);

export function groupName({ group, other }: Grouped, words: Words): string {
  if (other || group === null) return words.t('retention.other');
  return group.map((one) => one || words.t('retention.blank')).join(' · ');
}

interface Grouped { group: Group | null; other?: boolean }

export function isBrokenDown(answer: RetentionAnswer): boolean {
  return groupsOf(answer).length > 0;
}

export const groupsOf = (answer: RetentionAnswer): RetentionGroup[] => (answer.question.breakdown.length ? (answer.groups ?? []) : []);

export const cohortsOf = (answer: RetentionAnswer, group: RetentionGroup): Cohort[] =>
  answer.cohorts.filter((cohort) => groupKey(cohort) === groupKey(group));

/** On how many customers and cohorts a mean rests: late columns rest on few. */
export function meanBasis({ customers, of, cohorts }: MeanCell, words: Words): string[] {
  if (customers === undefined || of === undefined || cohorts === undefined) return [];
  return [words.t('retention.mean_of', { customers: words.count(customers), of: words.count(of), count: cohorts, cohorts: words.count(cohorts) })];
}
