/** A question as text to be edited, and back. */
import type { Json } from '../../api/types';
import { isObject } from '../../lib/decode';

export type Question = { [key: string]: Json };

export const textOf = (question: Question): string => JSON.stringify(question, null, 2);

export type Read = { question: Question } | { wrong: 'not_json'; reason: string } | { wrong: 'not_an_object' };

/** Nothing at all is the question with every default. */
export function read(text: string): Read {
  if (!text.trim()) return { question: {} };
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { question: value as Question } : { wrong: 'not_an_object' };
  } catch (cause) {
    return { wrong: 'not_json', reason: cause instanceof Error ? cause.message : String(cause) };
  }
}
