/**
 * The shapes that cross the wire, written by hand until the server's OpenAPI document exists;
 * then this file becomes a list of names for `generated.ts` (`npm run codegen`).
 */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

// ── What every question shares ────────────────────────────────────────────────────────────────

export type Unit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
export type Population = 'everyone' | 'buyers' | 'net_buyers';

export type Op =
  | '=' | '!=' | '>' | '>=' | '<' | '<=' | 'in' | 'not_in'
  | 'contains' | 'starts_with' | 'ends_with' | 'is_set' | 'is_not_set';

export type TestValue = string | number | boolean | (string | number | boolean)[];

/** One field against a value. */
export interface Test { field: string; op: Op; value?: TestValue }

export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Test;

/** Which events, and under what condition; `*` is any event. */
export interface EventFilter { event: string | string[]; where?: Condition }

export interface Breakdown { field: string; at: 'start' | 'return' | 'current' }

export interface Warning { code: string; message: string; nearest?: string[] }

export interface Definition {
  en: string;
  zh: string;
  population: string;
  denominator: string;
  window: string;
  zone: string;
  from: string | null;
  to: string | null;
  as_of: string;
  mean?: string | null;
  interval?: string | null;
  closed: boolean;
  flags: string[];
}

// ── Retention ─────────────────────────────────────────────────────────────────────────────────

export type Enter = 'every_period' | 'first_in_range' | 'first_matching' | 'first_ever';
export type Count = 'on' | 'on_or_after' | 'on_or_before' | 'streak' | { at_least: number; of: number };
export type Brackets = { brackets: number[]; unit: Unit };
export type Period = Unit | 'purchase_cycle' | Brackets;
export type Aggregate = 'sum' | 'mean' | 'median' | { percentile: number };
export interface Measure { of: string; aggregate: Aggregate; per: 'cohort' | 'returner' }
export type MeanKind = 'pooled' | 'simple' | 'mixpanel';
export type IntervalKind = 'auto' | 'none' | 'bootstrap';
export interface Minimum { occurrences: number; amount: number | string | null; days: number }

/** Values of a breakdown, one per column of it; `null` where a customer has none. */
export type Group = (string | null)[];

/** The cell whose customers are wanted. */
export interface CellRef { cohort: string; index: number; group?: Group | null; other?: boolean }

export interface RetentionQuestion {
  enter: Enter;
  start: EventFilter;
  return: EventFilter;
  count: Count;
  window: 'calendar' | 'rolling';
  period: Period;
  /** Length of one row; that of the period unless said. */
  rows: Unit | null;
  periods: number | null;
  from: string | null;
  to: string | null;
  as_of: string | null;
  zone: string;
  week_start: Weekday;
  fiscal_year_start: number;
  population: Population;
  min: Minimum;
  value: Measure | null;
  share: 'cohort' | 'previous' | 'absolute';
  incomplete: 'show' | 'hide' | 'eligible';
  breakdown: Breakdown[];
  top: number;
  mean: { kind: MeanKind; interval: IntervalKind };
  cell: CellRef | null;
}

export interface RetentionCell {
  index: number;
  customers: number;
  returned: number;
  /** `null` where a share cannot be computed. */
  share: number | null;
  complete: boolean;
  /** Members whose own window is over, where the question re-bases on them. */
  eligible?: number | null;
  value?: string | null;
  interval?: [number, number] | null;
}

export interface Cohort {
  start: string;
  label: string;
  group: Group | null;
  other?: boolean;
  size: number;
  partial: boolean;
  /** Cells whose window has not begun are absent. */
  cells: RetentionCell[];
}

export interface MeanCell {
  index: number;
  share: number | null;
  low?: number | null;
  high?: number | null;
  customers?: number;
  of?: number;
  cohorts?: number;
  reason?: string | null;
}

export interface RetentionGroup { group: Group | null; other?: boolean; size: number; mean: MeanCell[] }

/** The customers of one cell, by their outside ids. */
export interface Members { total: number; ids: string[] }

export interface RetentionAnswer {
  kind: 'retention';
  cohorts: Cohort[];
  mean: MeanCell[];
  groups?: RetentionGroup[];
  definition: Definition;
  warnings: Warning[];
  /** Currency of the values, when they are money. */
  currency?: string | null;
  customers: Members | null;
  question: RetentionQuestion;
}

// ── Customer retention rate ───────────────────────────────────────────────────────────────────

export interface Subscription { start: string; end: string }
/** Active by a trailing window, unless a subscription is given; `null` days are read off the data. */
export interface Active { trailing_days: number | null; subscription?: Subscription }

/** The sets of a period, by the names of their numbers. */
export type SetName = 's' | 'e' | 'n' | 'kept' | 'won_back' | 'lost' | 'acquired';
export interface CrrCellRef { period: string; set: SetName; group?: Group | null; other?: boolean }

export interface CrrQuestion {
  period: Unit;
  from: string | null;
  to: string | null;
  as_of: string | null;
  zone: string;
  week_start: Weekday;
  fiscal_year_start: number;
  active: Active;
  population: Population;
  by: 'all' | 'new_old';
  breakdown: Breakdown[];
  top: number;
  industry: string | null;
  cell: CrrCellRef | null;
}

export interface CrrPeriod {
  start: string;
  end: string;
  label: string;
  group: Group | null;
  other?: boolean;
  /** Active at the start, active at the end, and of those acquired within. */
  s: number;
  e: number;
  n: number;
  kept: number;
  won_back: number;
  lost: number;
  acquired: number;
  classic: number | null;
  set: number | null;
  churn: number | null;
  interval?: [number, number] | null;
  difference: string | null;
  difference_zh: string | null;
  complete: boolean;
  reason: string | null;
  /** `history_too_short` where the start cannot be known whole. */
  flags?: string[];
}

export interface Benchmark {
  industry: string;
  low: number;
  high: number;
  source: string;
  as_quoted: string | null;
  verified: boolean;
  note?: string | null;
}

export interface CrrAnswer {
  kind: 'crr';
  active: { trailing_days: number | null; chosen: string };
  periods: CrrPeriod[];
  overall: CrrPeriod | null;
  groups?: CrrPeriod[];
  benchmarks: Benchmark[];
  definition: Definition;
  warnings: Warning[];
  customers: Members | null;
  question: CrrQuestion;
}

/** Every insight: its question and its answer. */
export interface Insights {
  retention: { question: RetentionQuestion; answer: RetentionAnswer };
  crr: { question: CrrQuestion; answer: CrrAnswer };
}
export type InsightKind = keyof Insights;
export type ExportFormat = 'csv' | 'xlsx' | 'png' | 'svg' | 'parquet' | 'json';

// ── Catalog and imports ───────────────────────────────────────────────────────────────────────

export interface Catalog {
  events: { name: string; n_rows: number }[];
  properties: string[];
  currencies: string[];
  first: string | null;
  last: string | null;
  n_customers: number;
  n_events: number;
  /** The workspace's own. */
  zone: string;
}

export type Preset = 'orders' | 'events' | 'none';

export interface ImportCounts {
  read: number;
  accepted: number;
  rejected: number;
  duplicate: number;
  by_reason?: Record<string, number>;
}

/** What an import would make of a file. */
export interface DryRun {
  detected: { [key: string]: Json };
  rows: { [key: string]: Json }[];
  counts: ImportCounts;
}

export type ImportState = 'waiting' | 'running' | 'done' | 'failed' | 'interrupted' | 'undone';

export interface ImportRecord extends ImportCounts {
  id: string;
  state: ImportState;
  name: string;
  by_reason: Record<string, number>;
  bytes: number;
  total_bytes: number | null;
  started_at?: string | null;
  finished_at?: string | null;
  error: string | null;
  /** Its id in the list of imports, once there is one: dead letters and undo go by it. */
  import?: string;
  /** The very same file is already in. */
  known?: boolean;
}

export interface DeadLetter {
  id: number;
  file?: string | null;
  row: number | null;
  column: string | null;
  value: string | null;
  reason: string;
}
