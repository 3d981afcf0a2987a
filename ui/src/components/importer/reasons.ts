/** Why a row was rejected, in words; a code without words stands as it is. And why an import failed. */
import type { ImportRecord } from '../../api/types';
import type { Language } from '../../i18n';
import type { Words } from '../../i18n/useWords';

export const REASONS = [
  'no_customer', 'bad_ts', 'skipped_hour', 'ts_out_of_range', 'bad_number', 'bad_char', 'bad_json', 'ragged_row',
  'cell_too_long', 'row_too_long', 'no_event', 'filtered', 'message_id_reused',
] as const;

export function reasonName(reason: string, { t }: Words): string {
  const known = REASONS.find((one) => one === reason);
  return known ? t(`reason.${known}`) : reason;
}

/** What went wrong with an import; imports of older versions say it in English only. */
export const errorOf = ({ error, error_zh }: ImportRecord, language: Language): string =>
  (language === 'zh' && error_zh) || error || '';
