/** The translator and the formats of the reader's language, in one hook. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as format from '../lib/format';
import { tag, type Language } from './index';

export function useWords() {
  const { t, i18n } = useTranslation();
  const language = (i18n.language === 'zh' ? 'zh' : 'en') as Language;
  return useMemo(() => {
    const intl = tag(language);
    return {
      t,
      language,
      count: (n: number) => format.formatCount(intl, n),
      share: (share: number | null | undefined, digits?: number) => format.formatShare(intl, share, digits),
      points: (difference: number) => format.formatPoints(intl, difference),
      number: (value: number | string | null, digits?: number) => format.formatNumber(intl, value, digits),
      figure: (text: string) => format.formatFigure(intl, text),
      money: (value: number | string | null, currency: string | null) => format.formatMoney(intl, value, currency),
      bytes: (n: number) => format.formatBytes(intl, n),
      date: (date: string) => format.formatDate(intl, date),
      instant: (instant: string, zone?: string) => format.formatInstant(intl, instant, zone),
      month: (month: string) => format.formatMonth(intl, month),
    };
  }, [t, language]);
}
export type Words = ReturnType<typeof useWords>;
