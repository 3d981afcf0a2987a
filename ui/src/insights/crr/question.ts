/** The customer-retention-rate question as the address bar holds it. */
import type { Active, Catalog, CrrQuestion } from '../../api/types';
import {
  difference, either, isDate, isListOf, isOneOf, isRecord, isText, isWhole, orNull, type Guard, type Shape,
} from '../../lib/decode';
import { isBreakdown, POPULATIONS, UNITS, WEEKDAYS } from '../retention/question';

export const CRR_UNITS = ['week', 'month', 'quarter', 'year'] as const;

export const DEFAULTS: CrrQuestion = {
  period: 'month',
  from: null,
  to: null,
  as_of: null,
  zone: 'UTC',
  week_start: 'monday',
  fiscal_year_start: 1,
  active: { trailing_days: null },
  population: 'buyers',
  by: 'all',
  breakdown: [],
  top: 10,
  industry: 'retail',
  cell: null,
};

/** Without an order there are no buyers to keep: then everyone is asked about. */
export function defaultsFor(catalog: Catalog | undefined): CrrQuestion {
  if (!catalog || catalog.events.some((event) => event.name === 'order')) return DEFAULTS;
  return { ...DEFAULTS, population: 'everyone' };
}

export type CrrSearch = Partial<CrrQuestion>;

const isActive: Guard<Active> = either(
  isRecord<{ trailing_days: number | null }>({ trailing_days: orNull(isWhole(1, 10_000)) }),
  isRecord<{ subscription: { start: string; end: string } }>({
    subscription: isRecord<{ start: string; end: string }>({ start: isText, end: isText }),
  }),
);

export const SHAPE: Shape<CrrQuestion> = {
  period: isOneOf(...UNITS),
  from: orNull(isDate),
  to: orNull(isDate),
  as_of: orNull(isText),
  zone: isText,
  week_start: isOneOf(...WEEKDAYS),
  fiscal_year_start: isWhole(1, 12),
  active: isActive,
  population: isOneOf(...POPULATIONS),
  by: isOneOf('all', 'new_old'),
  breakdown: isListOf(isBreakdown),
  top: isWhole(1, 100),
  industry: orNull(isText),
  cell: (value): value is null => value === null,
};

export const resolve = (search: CrrSearch, base: CrrQuestion): CrrQuestion => ({ ...base, ...search });

export const changed = (search: CrrSearch, base: CrrQuestion, patch: CrrSearch): CrrSearch =>
  difference({ ...base, ...search, ...patch }, base);
