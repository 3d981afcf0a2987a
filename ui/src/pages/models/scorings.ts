/** Reads the scorings of a model: what is in force, day by day, how it is spread and how far it has drifted. */
import type { Scoring } from '../../api/models';
import type { Json } from '../../api/types';
import { driftOf, fieldsOf, numberOf, objectsOf, textOf, type Drift } from './report';

/** How the values of a day are spread; `null` where no customer has a value. */
export interface Spread {
  nCustomers: number;
  nWithout: number;
  mean: number | null;
  min: number | null;
  p10: number | null;
  p25: number | null;
  median: number | null;
  p75: number | null;
  p90: number | null;
  max: number | null;
  /** How many customers have each text, the most frequent first. */
  texts: { text: string; nCustomers: number }[];
}

export function spreadOf(detail: Json): Spread {
  const told = fieldsOf(fieldsOf(detail).distribution);
  const at = (name: string) => numberOf(told[name]);
  return {
    nCustomers: at('n_customers') ?? 0, nWithout: at('n_without') ?? 0,
    mean: at('mean'), min: at('min'), p10: at('p10'), p25: at('p25'), median: at('median'), p75: at('p75'), p90: at('p90'), max: at('max'),
    texts: objectsOf(told.texts).flatMap((one) => {
      const [text, n] = [textOf(one.text), numberOf(one.n_customers)];
      return text === null || n === null ? [] : [{ text, nCustomers: n }];
    }),
  };
}

/** A day as it counts. */
export interface ScoredDay { day: string; model: string; nRows: number; spread: Spread; drift: Drift | null }

/** Names of the values, in the order of the newest day. */
export const scoreNames = (scorings: Scoring[]): string[] => [...new Set(scorings.map(({ name }) => name))];

/** The days of one name, oldest first: of several scorings of a day the one with the largest sequence. */
export function inForce(scorings: Scoring[], name: string): ScoredDay[] {
  const days = new Map<string, Scoring>();
  for (const one of scorings) {
    if (one.name !== name) continue;
    const known = days.get(one.day);
    if (!known || one.sequence > known.sequence) days.set(one.day, one);
  }
  return [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1)).map(({ day, model, n_rows: nRows, detail }) =>
    ({ day, model, nRows, spread: spreadOf(detail), drift: driftOf(detail) }));
}

/** The newest day there is a score of. */
export const lastDay = (scorings: Scoring[]): string | null =>
  scorings.reduce<string | null>((last, { day }) => (last === null || day > last ? day : last), null);
