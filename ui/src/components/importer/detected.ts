/** What the server saw in a file, as rows to show: known facts in a fixed order, any others after them. */
import type { Json } from '../../api/types';

export const FACTS = ['format', 'compression', 'encoding', 'delimiter', 'sheet', 'date_format', 'properties'] as const;
export const FIELDS = ['customer', 'ts', 'event', 'order_id', 'amount', 'price', 'quantity', 'currency', 'item', 'session', 'message_id'] as const;

export interface Mapped { field: string; source: string; why: string }

type Detected = { [key: string]: Json };

export function factsOf(detected: Detected): [string, string][] {
  const known = FACTS.filter((key) => isSaid(detected[key]));
  const rest = Object.keys(detected).filter((key) => !known.some((one) => one === key) && !['mapping', 'columns', 'notes'].includes(key) && isSaid(detected[key]));
  return [...known, ...rest].map((key) => [key, said(detected[key])]);
}

export const columnsOf = (detected: Detected): string[] =>
  Array.isArray(detected.columns) ? detected.columns.map(said) : [];

/** Where each field comes from, as it would be written in a mapping. */
export function mappingOf(detected: Detected): Mapped[] {
  const { mapping } = detected;
  if (!Array.isArray(mapping)) return [];
  return mapping.filter(isObject).map((row) => ({ field: said(row.field), source: said(row.from), why: said(row.why) }));
}

/** What a reader of the mapping should know. */
export const notesOf = ({ notes }: Detected): string[] => (Array.isArray(notes) ? notes.map(said) : []);

const isObject = (value: Json | undefined): value is Detected => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSaid = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== '' && value !== 'none' && !(Array.isArray(value) && !value.length);

/** Any JSON as a short text; a delimiter that cannot be seen gets a name. */
export function said(value: Json | undefined): string {
  if (value === '\t') return 'tab';
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(said).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
