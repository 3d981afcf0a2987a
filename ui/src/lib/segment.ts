/**
 * The condition that keeps the customers behind a number as a segment.
 *
 * A condition is read at one instant, in one zone, of all customers: the question inside it says
 * none of the three. Limits: a question asked of customers as they were on a past date has none.
 */
import type { Json } from '../api/types';
import { isObject } from './decode';

/** What the question of a condition must not say: whoever reads the condition says it. */
const READERS_OWN = new Set(['as_of', 'zone', 'who', 'explain']);

export type Behind = { condition: Json } | { wrong: 'no_cell' | 'who_as_of' };

/** `question` as it was asked, with its `cell`. */
export function behind(kind: string, question: object): Behind {
  const fields = Object.entries(question as { [key: string]: Json });
  const { cell, who } = question as { cell?: Json; who?: Json };
  if (!isObject(cell)) return { wrong: 'no_cell' };
  const inside: Json = Object.fromEntries(fields.filter(([name]) => !READERS_OWN.has(name)));
  return narrowed({ answer: kind, question: inside }, who ?? null);
}

/** Those of them whom the question was asked of. */
function narrowed(answer: { answer: string; question: Json }, who: Json): Behind {
  if (who === null) return { condition: answer };
  if (typeof who === 'string') return { condition: `in answer ${answer.answer} ${JSON.stringify(answer.question)} and (${who})` };
  if (!isObject(who)) return { condition: answer };
  if (!('condition' in who)) return { condition: { all: [answer, who as Json] } };
  const { condition, as_of: asOf } = who as { condition: Json; as_of?: Json };
  return asOf === undefined || asOf === null ? narrowed(answer, condition) : { wrong: 'who_as_of' };
}

/** Whether the question was asked of some customers only. */
export const isNarrowed = (question: object): boolean => 'who' in question && question.who !== null && question.who !== undefined;

/** How long a segment of a score lasts: cut anew each time, by the bounds of one answer, or at its date. */
export const LASTS = ['live', 'bounds', 'date'] as const;
export type Lasts = (typeof LASTS)[number];

/** The question of scores whose cut-offs, or whose date, are those of an answer to it. */
export function lasting(lasts: Lasts, question: { [key: string]: Json }, answer: { [key: string]: Json }): { [key: string]: Json } | null {
  if (lasts === 'live') return question;
  const asked = isObject(answer.question) ? answer.question : {};
  if (lasts === 'date') return typeof asked.to === 'string' ? { ...question, to: asked.to } : null;
  const cutoffs = isObject(answer.cutoffs) ? answer.cutoffs : {};
  if (cutoffs.exact !== true || !isObject(cutoffs.bounds)) return null;
  return { ...question, scoring: 'fixed', cutoffs: cutoffs.bounds as Json };
}
