/** What a period says, apart from how it is drawn. */
import type { CrrAnswer, CrrPeriod } from '../../api/types';
import type { Words } from '../../i18n/useWords';

export interface Series { key: string; name: string; periods: CrrPeriod[] }

/** One series of periods per group, in the order the answer gives them. */
export function seriesOf(answer: CrrAnswer, words: Words): Series[] {
  const byKey = new Map<string, Series>();
  for (const period of answer.periods) {
    const key = period.other ? 'other' : JSON.stringify(period.group);
    let series = byKey.get(key);
    if (!series) byKey.set(key, (series = { key, name: nameOf(period, answer, words), periods: [] }));
    series.periods.push(period);
  }
  return [...byKey.values()];
}

function nameOf(period: CrrPeriod, answer: CrrAnswer, words: Words): string {
  if (period.group === null) return isGrouped(answer) ? words.t('retention.other') : words.t('crr.set');
  return period.group.map((one) => (answer.question.by === 'new_old' && (one === 'new' || one === 'old') ? words.t(`crr.${one}`) : one || words.t('retention.blank'))).join(' · ');
}

export const isGrouped = (answer: CrrAnswer): boolean => answer.question.by !== 'all' || answer.question.breakdown.length > 0;

/** The newest period that is over and has a rate, and the one before it. */
export function latest(periods: CrrPeriod[]): { now: CrrPeriod | null; before: CrrPeriod | null } {
  const whole = periods.filter((one) => one.complete && one.set !== null);
  return { now: whole.at(-1) ?? null, before: whole.at(-2) ?? null };
}

export function reasonText(reason: string | null | undefined, words: Words): string {
  if (reason === 'no_customers_at_start') return words.t('crr.no_customers_at_start');
  return reason ?? '';
}
