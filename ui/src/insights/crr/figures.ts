/** What a period says, apart from how it is drawn. */
import type { CrrAnswer, CrrPeriod, SetName } from '../../api/types';
import type { Words } from '../../i18n/useWords';

export interface Series { key: string; name: string; periods: CrrPeriod[] }

/** One series of periods per group, in the order the answer gives them. */
export function seriesOf(answer: CrrAnswer, words: Words): Series[] {
  const byKey = new Map<string, Series>();
  for (const period of answer.periods) {
    const key = JSON.stringify([period.other ?? false, period.group]);
    let series = byKey.get(key);
    if (!series) byKey.set(key, (series = { key, name: periodGroup(period, answer, words), periods: [] }));
    series.periods.push(period);
  }
  return [...byKey.values()];
}

/** Values of the breakdown, and whether new or old, which stands last where they are told apart. */
export function periodGroup({ group, other }: Pick<CrrPeriod, 'group' | 'other'>, { question }: CrrAnswer, { t }: Words): string {
  const values = group ?? [];
  const isAged = question.by === 'new_old';
  const age = isAged ? values.at(-1) : undefined;
  const rest = isAged ? values.slice(0, -1) : values;
  const names = other ? [t('retention.other')] : rest.map((one) => one || t('retention.blank'));
  if (age === 'new' || age === 'old') names.push(t(`crr.${age}`));
  return names.join(' · ') || t('crr.set');
}

export const isGrouped = ({ question }: CrrAnswer): boolean => question.by !== 'all' || question.breakdown.length > 0;

/** The newest period that is over and has a rate, and the one before it. */
export function latest(periods: CrrPeriod[]): { now: CrrPeriod | null; before: CrrPeriod | null } {
  const whole = periods.filter((one) => one.complete && one.set !== null);
  return { now: whole.at(-1) ?? null, before: whole.at(-2) ?? null };
}

export const isShort = (period: CrrPeriod): boolean => period.flags?.includes('history_too_short') ?? false;

export function reasonText(reason: string | null, { t }: Words): string {
  return reason === 'no_customers_at_start' ? t('crr.no_customers_at_start') : (reason ?? '');
}

export const difference = (period: CrrPeriod, { language }: Words): string | null =>
  (language === 'zh' ? (period.difference_zh ?? period.difference) : period.difference);

/** Opens the customers of one set of one period. */
export type OnSet = (period: CrrPeriod, set: SetName) => void;
