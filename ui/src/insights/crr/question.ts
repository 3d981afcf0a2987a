/** The customer-retention-rate question as the address bar holds it. */
import type { Active, Catalog, CrrCellRef, CrrQuestion, Subscription } from '../../api/types';
import {
  difference, isDate, isListOf, isObject, isOneOf, isRecord, isText, isWhole, orNull, type Guard, type Shape,
} from '../../lib/decode';
import { isBreakdown, isGroup, POPULATIONS, UNITS, WEEKDAYS } from '../retention/question';

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
  const here = { ...DEFAULTS, zone: catalog?.zone ?? DEFAULTS.zone };
  if (!catalog || catalog.events.some((event) => event.name === 'order')) return here;
  return { ...here, population: 'everyone' };
}

export type CrrSearch = Partial<CrrQuestion>;

const isDays: Guard<number | null> = orNull((value): value is number => typeof value === 'number' && value > 0 && value <= 10_000);
const isSubscription = isRecord<Subscription>({ start: isText, end: isText });
const isActive: Guard<Active> = (value): value is Active =>
  isObject(value) && isDays(value.trailing_days) && (value.subscription === undefined || isSubscription(value.subscription));

export const SETS = ['s', 'kept', 'lost', 'n', 'won_back', 'e', 'acquired'] as const;
const isCell: Guard<CrrCellRef> = (value): value is CrrCellRef =>
  isObject(value) && isText(value.period) && isOneOf(...SETS)(value.set) &&
  (value.group === undefined || value.group === null || isGroup(value.group)) &&
  (value.other === undefined || typeof value.other === 'boolean');

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
  cell: orNull(isCell),
};

export const resolve = (search: CrrSearch, base: CrrQuestion): CrrQuestion => ({ ...base, ...search });

/** What is asked: every band comes along, so that another industry is no other question. */
export const asked = (question: CrrQuestion): CrrQuestion => ({ ...question, industry: null, cell: null });

export const changed = (search: CrrSearch, base: CrrQuestion, patch: CrrSearch): CrrSearch =>
  difference({ ...base, ...search, ...patch }, base);
