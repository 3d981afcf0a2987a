/**
 * Names for the shapes that cross the wire. The shapes themselves are generated: `schema.ts` is made
 * of the server's description by `npm run codegen`.
 *
 * A question may leave out any field; the page always fills them in, and so does the server when it
 * repeats a question in its answer. That is the only thing said here that is not in the description.
 */
import type { components } from './schema';

type Schemas = components['schemas'];

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

// ── What every question shares ────────────────────────────────────────────────────────────────

export type Unit = Schemas['Unit'];
export type Weekday = Schemas['Weekday'];
export type Population = Schemas['Population'];
export type Test = Schemas['Test'];
export type Op = Test['op'];
export type TestValue = Schemas['TestValue'];
export type Condition = Schemas['Condition'];
export type EventFilter = Schemas['EventFilter'];
export type Breakdown = Required<Schemas['Breakdown']>;
export type Warning = Schemas['Warning'];
export type Definition = Schemas['Definition'];
export type Members = Schemas['Members'];
/** Values of a breakdown, one per column of it; `null` where a customer has none. */
export type Group = (string | null)[];

// ── Retention ─────────────────────────────────────────────────────────────────────────────────

export type Enter = Schemas['Enter'];
export type Count = Schemas['Count'];
export type Period = Schemas['Period'];
export type Brackets = Extract<Period, { brackets: number[] }>;
export type Aggregate = Schemas['Aggregate'];
export type Measure = Required<Schemas['ValueOf']>;
export type MeanKind = Schemas['MeanKind'];
export type IntervalKind = Schemas['Interval'];
export type Minimum = Required<Schemas['Minimum']>;
export type CellRef = Schemas['CellRef'];

/** What any question may have, whatever its kind. */
type Generic = 'who' | 'explain';
type RetentionParts = { min: Minimum; mean: Required<Schemas['Mean']>; value: Measure | null; breakdown: Breakdown[] };
export type RetentionQuestion = Required<Omit<Schemas['RetentionQuestion'], keyof RetentionParts | Generic>> & RetentionParts;
export type RetentionCell = Schemas['CellAnswer'];
export type Cohort = Schemas['Cohort'];
export type MeanCell = Schemas['MeanCell'];
export type RetentionGroup = Schemas['GroupRow'];
export type RetentionAnswer = Omit<Schemas['RetentionAnswer'], 'question'> & { question: RetentionQuestion };

// ── Customer retention rate ───────────────────────────────────────────────────────────────────

export type Subscription = Schemas['Subscription'];
export type Active = Schemas['Active'];
export type SetName = Schemas['SetName'];
export type CrrCellRef = Schemas['CrrCellRef'];
/** The page compares with published bands only. */
export type CrrQuestion = Required<Omit<Schemas['CrrQuestion'], 'breakdown' | 'benchmarks' | Generic>> & { breakdown: Breakdown[] };
export type CrrPeriod = Schemas['Rates'];
export type Benchmark = Schemas['Benchmark'];
export type CrrAnswer = Omit<Schemas['CrrAnswer'], 'question'> & { question: CrrQuestion };

/** The insights that have a page of their own: question and answer. */
export interface Insights {
  retention: { question: RetentionQuestion; answer: RetentionAnswer };
  crr: { question: CrrQuestion; answer: CrrAnswer };
}
export type InsightKind = keyof Insights;

// ── Any insight ───────────────────────────────────────────────────────────────────────────────

export type Kind = Omit<Schemas['Kind'], 'sample'> & { sample: { [key: string]: Json } };
export type Presented = Schemas['Presented'];
export type Table = Schemas['Table'];
export type ColumnHead = Schemas['ColumnHead'];
export type CellValue = Schemas['CellValue'];
export type ExportFormat = 'csv' | 'xlsx' | 'png' | 'svg' | 'parquet' | 'json';

// ── Dashboards ────────────────────────────────────────────────────────────────────────────────

export type KeptDashboard = Schemas['KeptDashboard'];
export type DashboardFilters = Schemas['DashboardFilters'];
export type RanDashboard = Schemas['RanDashboard'];
export type RanTile = Schemas['RanTile'];
export type ShownTile = Schemas['ShownTile'];

// ── Catalog and imports ───────────────────────────────────────────────────────────────────────

export type Catalog = Schemas['Catalog'];
export type Preset = 'orders' | 'events' | 'none';
export type ImportCounts = Schemas['Counts'];
export type DryRun = Schemas['DryRun'];
export type Found = Schemas['Found'];
export type SampleRow = Schemas['SampleRow'];
export type ImportRecord = Schemas['ImportReport'];
export type ImportState = Schemas['Standing'];
export type Letters = Schemas['Letters'];
export type DeadLetter = Schemas['Letter'];
