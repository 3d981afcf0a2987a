/** What the server saw in a file, as rows to show: known facts in a fixed order, any others after them. */
import type { Found, Json } from '../../api/types';

export const FACTS = ['format', 'compression', 'encoding', 'delimiter', 'sheet', 'date_format', 'properties'] as const;
export const FIELDS = ['customer', 'ts', 'event', 'order_id', 'amount', 'price', 'quantity', 'currency', 'item', 'session', 'message_id'] as const;

/** A server may come to say more than this page knows. */
export function factsOf(detected: Partial<Found> & { [key: string]: Json | Found['mapping'] | undefined }): [string, string][] {
  const { mapping: _mapping, columns: _columns, notes: _notes, ...facts } = detected;
  const known = FACTS.filter((key) => isSaid(facts[key]));
  const rest = Object.keys(facts).filter((key) => !known.some((one) => one === key) && isSaid(facts[key]));
  return [...known, ...rest].map((key) => [key, said(facts[key])]);
}

const isSaid = (value: unknown): boolean => value !== undefined && value !== null && value !== '' && value !== 'none' && !(Array.isArray(value) && !value.length);

/** Any value of JSON as a short text; a delimiter that cannot be seen gets a name. */
export function said(value: unknown): string {
  if (value === '\t') return 'tab';
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(said).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
