/** Guards for what comes out of an address bar: each says whether a value has a shape. */
import type { Json } from '../api/types';

export type Guard<T> = (value: unknown) => value is T;
export type Shape<T> = { [K in keyof T]-?: Guard<T[K]> };

export const isText: Guard<string> = (value): value is string => typeof value === 'string';
export const isTrue: Guard<boolean> = (value): value is boolean => typeof value === 'boolean';
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function isOneOf<const T extends readonly string[]>(...names: T): Guard<T[number]> {
  return (value): value is T[number] => typeof value === 'string' && names.includes(value);
}

export function isWhole(low: number, high: number): Guard<number> {
  return (value): value is number => Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
}

export const isDate: Guard<string> = (value): value is string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));

export const orNull = <T>(guard: Guard<T>): Guard<T | null> =>
  (value): value is T | null => value === null || guard(value);

export const isListOf = <T>(guard: Guard<T>): Guard<T[]> =>
  (value): value is T[] => Array.isArray(value) && value.every(guard);

export const either = <A, B>(first: Guard<A>, second: Guard<B>): Guard<A | B> =>
  (value): value is A | B => first(value) || second(value);

export function isRecord<T>(shape: Shape<T>): Guard<T> {
  return (value): value is T =>
    isObject(value) &&
    (Object.keys(shape) as (keyof T & string)[]).every((key) => shape[key](value[key])) &&
    Object.keys(value).every((key) => key in shape);
}

/** The known and well-formed part of a search; the rest is named by `ignoredKeys`. */
export function decode<T>(shape: Shape<T>, raw: Record<string, unknown>): Partial<T> {
  const known: Partial<T> = {};
  for (const key of Object.keys(shape) as (keyof T & string)[]) {
    const value = raw[key];
    if (value !== undefined && shape[key](value)) known[key] = value;
  }
  return known;
}

/** Keys of a search that mean nothing here: a link may be misspelt, and the reader should know. */
export function ignoredKeys(raw: Record<string, unknown>, known: object): string[] {
  return Object.keys(raw).filter((key) => raw[key] !== undefined && !(key in known));
}

/** What of `full` differs from `base`: the part worth a place in the address. */
export function difference<T extends object>(full: T, base: T): Partial<T> {
  const changed: Partial<T> = {};
  for (const key of Object.keys(full) as (keyof T)[]) {
    if (canonical(full[key]) !== canonical(base[key])) changed[key] = full[key];
  }
  return changed;
}

const canonical = (value: unknown): string => JSON.stringify(value, (_, inner: Json) =>
  isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner);
