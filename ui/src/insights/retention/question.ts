/** The retention question as the address bar holds it: defaults, guards, and names of its columns. */
import type {
  Breakdown, Brackets, Catalog, CellRef, Condition, Count, EventFilter, Group, Measure, Minimum, Op, Period,
  RetentionQuestion, Test, TestValue, Unit,
} from '../../api/types';
import {
  difference, either, isDate, isListOf, isObject, isOneOf, isRecord, isText, isTrue, isWhole, orNull,
  type Guard, type Shape,
} from '../../lib/decode';

export const UNITS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export const POPULATIONS = ['everyone', 'buyers', 'net_buyers'] as const;
export const OPS = ['=', '!=', '>', '>=', '<', '<=', 'in', 'not_in', 'contains', 'starts_with', 'ends_with', 'is_set', 'is_not_set'] as const;

/** The longest triangle the page asks for; beyond it a table is unreadable, the command line is not bound by it. */
export const MAX_PERIODS = 120;

export const DEFAULTS: RetentionQuestion = {
  enter: 'first_matching',
  start: { event: '*' },
  return: { event: '*' },
  count: 'on',
  window: 'calendar',
  period: 'month',
  rows: null,
  periods: 12,
  from: null,
  to: null,
  as_of: null,
  zone: 'UTC',
  week_start: 'monday',
  fiscal_year_start: 1,
  population: 'everyone',
  min: { occurrences: 1, amount: null, days: 1 },
  value: null,
  share: 'cohort',
  incomplete: 'show',
  breakdown: [],
  top: 10,
  mean: { kind: 'pooled', interval: 'auto' },
  cell: null,
};

/** Where a company's orders are, the first question is who buys again; elsewhere, who comes back. */
export function defaultsFor(catalog: Catalog | undefined): RetentionQuestion {
  const here = { ...DEFAULTS, zone: catalog?.zone ?? DEFAULTS.zone };
  if (!catalog?.events.some((event) => event.name === 'order')) return here;
  const worth: EventFilter = { event: 'order', where: { all: [{ field: 'amount', op: '>', value: 0 }] } };
  return { ...here, start: worth, return: worth, periods: 13, population: 'buyers' };
}

/** What of the retention question stands in the address, and how the picture is looked at. */
export interface RetentionSearch extends Partial<RetentionQuestion> {
  /** One line per cohort behind the mean. */
  lines?: boolean;
}

const isScalar = either(either(isText, isTrue), (value): value is number => typeof value === 'number' && Number.isFinite(value));
const isTestValue: Guard<TestValue> = either(isScalar, isListOf(isScalar));
const isOp: Guard<Op> = isOneOf(...OPS);

export function isCondition(value: unknown, depth = 0): value is Condition {
  if (!isObject(value) || depth > 8) return false;
  if ('all' in value) return Array.isArray(value.all) && value.all.every((one) => isCondition(one, depth + 1));
  if ('any' in value) return Array.isArray(value.any) && value.any.every((one) => isCondition(one, depth + 1));
  if ('not' in value) return isCondition(value.not, depth + 1);
  return isText(value.field) && isOp(value.op) && (value.value === undefined || isTestValue(value.value));
}

const isEventFilter: Guard<EventFilter> = (value): value is EventFilter =>
  isObject(value) && (isText(value.event) || (isListOf(isText)(value.event) && value.event.length > 0)) &&
  (value.where === undefined || isCondition(value.where));

const isUnit: Guard<Unit> = isOneOf(...UNITS);
const isBrackets: Guard<Brackets> = isRecord<Brackets>({
  brackets: (value): value is number[] => isListOf(isWhole(1, 100_000))(value) && value.length > 0 && value.length <= MAX_PERIODS,
  unit: isUnit,
});
const isPeriod: Guard<Period> = either(either(isUnit, isOneOf('purchase_cycle')), isBrackets);
const isCount: Guard<Count> = either(
  isOneOf('on', 'on_or_after', 'on_or_before', 'streak'),
  isRecord<{ at_least: number; of: number }>({ at_least: isWhole(1, MAX_PERIODS), of: isWhole(1, MAX_PERIODS) }),
);
const isFinite: Guard<number> = (value): value is number => typeof value === 'number' && Number.isFinite(value);
const isMeasure: Guard<Measure> = isRecord<Measure>({
  of: isText,
  aggregate: either(isOneOf('sum', 'mean', 'median'), isRecord<{ percentile: number }>({ percentile: isFinite })),
  per: isOneOf('cohort', 'returner'),
});
export const isBreakdown: Guard<Breakdown> = isRecord<Breakdown>({ field: isText, at: isOneOf('start', 'return', 'current') });
/** Values of a breakdown; `null` where a customer has none. */
export const isGroup: Guard<Group> = isListOf(orNull(isText));
const isCell: Guard<CellRef> = (value): value is CellRef =>
  isObject(value) && isText(value.cohort) && isWhole(0, 100_000)(value.index) &&
  (value.group === undefined || value.group === null || isGroup(value.group)) &&
  (value.other === undefined || isTrue(value.other));

export const SHAPE: Shape<Required<RetentionSearch>> = {
  enter: isOneOf('every_period', 'first_in_range', 'first_matching', 'first_ever'),
  start: isEventFilter,
  return: isEventFilter,
  count: isCount,
  window: isOneOf('calendar', 'rolling'),
  period: isPeriod,
  rows: orNull(isUnit),
  periods: orNull(isWhole(1, MAX_PERIODS)),
  from: orNull(isDate),
  to: orNull(isDate),
  as_of: orNull(isText),
  zone: isText,
  week_start: isOneOf(...WEEKDAYS),
  fiscal_year_start: isWhole(1, 12),
  population: isOneOf(...POPULATIONS),
  min: isRecord<Minimum>({ occurrences: isWhole(1, 1_000_000), amount: orNull(either(isFinite, isText)), days: isWhole(1, 10_000) }),
  value: orNull(isMeasure),
  share: isOneOf('cohort', 'previous', 'absolute'),
  incomplete: isOneOf('show', 'hide', 'eligible'),
  breakdown: isListOf(isBreakdown),
  top: isWhole(1, 100),
  mean: isRecord<RetentionQuestion['mean']>({ kind: isOneOf('pooled', 'simple', 'mixpanel'), interval: isOneOf('auto', 'none', 'bootstrap') }),
  cell: orNull(isCell),
  lines: isTrue,
};

/** The whole question of an address. A list of brackets fixes the number of columns. */
export function resolve(search: RetentionSearch, base: RetentionQuestion): RetentionQuestion {
  const { lines: _, ...asked } = search;
  const question = { ...base, ...asked };
  if (isBrackets(question.period)) question.periods = question.period.brackets.length + 1;
  return question;
}

/** The search after a change: only what differs from the defaults stays in the address. */
export function changed(search: RetentionSearch, base: RetentionQuestion, patch: RetentionSearch): RetentionSearch {
  const { lines = search.lines, ...rest } = patch;
  const question = { ...base, ...search, ...rest };
  delete (question as RetentionSearch).lines;
  return { ...difference<RetentionQuestion>(question, base), ...(lines ? { lines } : {}) };
}

/** How many settings behind “more options” stand away from their defaults. */
export function nChangedOptions(question: RetentionQuestion, base: RetentionQuestion): number {
  const shown = new Set(['start', 'return', 'period', 'periods', 'from', 'to', 'population', 'breakdown', 'cell']);
  return Object.keys(difference(question, base)).filter((key) => !shown.has(key)).length;
}

/** Columns are numbered from 0; brackets are named by the units they span: `0`, `1`, `2–4`. */
export function columnName(period: Period, index: number): string {
  if (typeof period === 'string' || index === 0) return String(index);
  const first = 1 + period.brackets.slice(0, index - 1).reduce((sum, size) => sum + size, 0);
  const last = first + (period.brackets[index - 1] ?? 1) - 1;
  return first === last ? String(first) : `${first}–${last}`;
}

/** The tests of a condition that a list of rows can show; `null` when it is nested deeper. */
export function flatten(condition: Condition | undefined): { join: 'all' | 'any'; tests: Test[] } | null {
  if (!condition) return { join: 'all', tests: [] };
  if ('field' in condition) return { join: 'all', tests: [condition] };
  const join = 'all' in condition ? 'all' : 'any' in condition ? 'any' : null;
  if (!join) return null;
  const list = 'all' in condition ? condition.all : 'any' in condition ? condition.any : [];
  const tests = list.filter((one): one is Test => 'field' in one);
  return tests.length === list.length ? { join, tests } : null;
}

export function unflatten(join: 'all' | 'any', tests: Test[]): Condition | undefined {
  if (!tests.length) return undefined;
  return join === 'all' ? { all: tests } : { any: tests };
}

/** The events of a filter; none means any. */
export const eventsOf = (filter: EventFilter): string[] =>
  Array.isArray(filter.event) ? filter.event : filter.event === '*' ? [] : [filter.event];

export function withEvents(filter: EventFilter, names: string[]): EventFilter {
  const event = names.length === 0 ? '*' : names.length === 1 ? (names[0] ?? '*') : names;
  return filter.where ? { event, where: filter.where } : { event };
}
