/**
 * Reads how a model was trained and how it fared. Kinds report different things: what is known of
 * them has words and pictures, the rest stands as it is, so that nothing a report says is lost.
 */
import type { ModelSummary } from '../../api/models';
import type { Json } from '../../api/types';

export type Fields = { [key: string]: Json };

export const fieldsOf = (value: Json | undefined): Fields =>
  (value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {});

/** The objects of a list; nothing where there is no list. */
export const objectsOf = (value: Json | undefined): Fields[] =>
  (Array.isArray(value) ? value.filter((one) => Object.keys(fieldsOf(one)).length > 0).map(fieldsOf) : []);

export const numberOf = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
export const textOf = (value: Json | undefined): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** What a model has seen. */
export interface Trained {
  as_of: string | null;
  cuts: string[];
  first_label: string | null;
  last_label: string | null;
  calibration: string | null;
  /** The later cut it was calibrated on. */
  calibrated_on: string | null;
  n_rows: number | null;
  n_customers: number | null;
  base_rate: number | null;
}

export function trainedOf({ trained }: Pick<ModelSummary, 'trained'>): Trained {
  const told = fieldsOf(trained);
  const cuts = Array.isArray(told.cuts) ? told.cuts : [];
  return {
    as_of: textOf(told.as_of),
    cuts: cuts.map((cut) => textOf(cut) ?? textOf(fieldsOf(cut).date)).filter((cut) => cut !== null),
    first_label: textOf(told.first_label),
    last_label: textOf(told.last_label),
    calibration: textOf(told.calibration),
    calibrated_on: textOf(told.calibrated_on),
    n_rows: numberOf(told.n_rows),
    n_customers: numberOf(told.n_customers),
    base_rate: numberOf(told.base_rate),
  };
}

/** What was chosen, where several learners were tried. */
export function learnerOf(report: Json): string | null {
  const told = fieldsOf(report);
  return textOf(told.learner) ?? textOf(fieldsOf(told.chosen).learner);
}

/** How good it was on all that it had not seen: the part of a report that is about what was kept. */
function whole(report: Json): Fields {
  const told = fieldsOf(report);
  const learner = learnerOf(report);
  const isChosen = (one: Fields) => one.learner === learner;
  const tested = objectsOf(told.tested).filter(isChosen);
  const pooled = tested.find((one) => one.cut === null) ?? (tested.length === 1 ? tested[0] : undefined);
  if (pooled) return pooled;
  const model = objectsOf(told.models).find(isChosen);
  return model ? fieldsOf(model.holdout) : told;
}

/** Figures worth standing first, in this order, where a report has them. */
const HEADLINE = [
  'auc', 'average_precision', 'brier', 'log_loss', 'calibration_error', 'balanced_accuracy', 'precision', 'recall',
  'total_error', 'mean_absolute_error', 'correlation',
] as const;
export type HeadlineName = (typeof HEADLINE)[number];

export function headline(report: Json): { name: HeadlineName; value: number }[] {
  const told = whole(report);
  return HEADLINE.flatMap((name) => {
    const value = numberOf(told[name]);
    return value === null ? [] : [{ name, value }];
  });
}

/** What giving everybody the base rate would have cost; a model that costs more knows nothing. */
export const brierOfBaseRate = (report: Json): number | null => numberOf(whole(report).brier_of_base_rate);

/** Customers whose risk was foretold alike. */
export interface Bin { predicted: number; observed: number; customers: number }

export function reliability(report: Json): Bin[] {
  return objectsOf(fieldsOf(report).reliability).flatMap((bin) => {
    const [predicted, observed, customers] = [numberOf(bin.predicted), numberOf(bin.observed), numberOf(bin.customers)];
    return predicted === null || observed === null || customers === null ? [] : [{ predicted, observed, customers }];
  });
}

/** What calling the highest risks would have found. */
export interface Top { share: number; lift: number; capture: number | null; customers: number | null }

export function tops(report: Json): Top[] {
  return objectsOf(whole(report).top).flatMap((one) => {
    const [share, lift] = [numberOf(one.share), numberOf(one.lift)];
    return share === null || lift === null ? [] : [{ share, lift, capture: numberOf(one.capture), customers: numberOf(one.customers) }];
  });
}

/** How far the customers of a day are from those of the training. */
export interface Drift {
  verdict: 'none' | 'slight' | 'strong';
  /** The population stability index of what has moved farthest; `null` where nothing is told of it. */
  farthest: number | null;
  features: { name: string; index: number }[];
}

/** Above these a population stability index is a slight shift, and one that calls for a new model. */
export const SLIGHT = 0.1;
export const STRONG = 0.25;

/** `null` where a kind says nothing of drift. */
export function driftOf(detail: Json): Drift | null {
  const told = fieldsOf(fieldsOf(detail).drift);
  if (!('verdict' in told) && !('features' in told)) return null;
  const features = objectsOf(told.features).flatMap((one) => {
    const [name, index] = [textOf(one.name), numberOf(one.index)];
    return name === null || index === null ? [] : [{ name, index }];
  }).sort((a, b) => b.index - a.index);
  const score = numberOf(told.score);
  const indexes = [...features.map(({ index }) => index), ...(score === null ? [] : [score])];
  const farthest = indexes.length ? Math.max(...indexes) : null;
  return { verdict: verdictOf(told.verdict, farthest), farthest, features };
}

/** The server's own verdict knows what is chance; without it, the usual bounds. */
function verdictOf(said: Json | undefined, farthest: number | null): Drift['verdict'] {
  if (said === 'none' || said === 'slight' || said === 'strong') return said;
  if (farthest !== null && farthest > STRONG) return 'strong';
  return farthest !== null && farthest > SLIGHT ? 'slight' : 'none';
}
