/** Why a row was rejected, in words; a code without words stands as it is. */
import type { Words } from '../../i18n/useWords';

export const REASONS = [
  'no_customer', 'bad_ts', 'skipped_hour', 'ts_out_of_range', 'bad_number', 'bad_char', 'ragged_row', 'cell_too_long',
  'row_too_long', 'no_event', 'filtered', 'other_body',
] as const;

export function reasonName(reason: string, { t }: Words): string {
  const known = REASONS.find((one) => one === reason);
  return known ? t(`reason.${known}`) : reason;
}
