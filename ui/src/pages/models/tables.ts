/**
 * Lays out any report as tables: its single values in one, a row each, every list of objects in one
 * of its own. A list inside a row keeps in front what the row is called.
 */
import type { CellValue, ColumnHead, Json, Table } from '../../api/types';
import type { Language } from '../../i18n';
import type { Words } from '../../i18n/useWords';
import { fieldsOf, objectsOf, type Fields } from './report';
import { nameOf, SHARES } from './words';

/** Flat rows of each list, by its path. */
type Lists = Map<string, Fields[]>;

export function layOut(title: string, value: Json, words: Words): Table[] {
  const lists: Lists = new Map();
  const singles = Object.entries(walk(fieldsOf(value), '', null, lists, words.language));
  const others = [...lists].map(([path, rows]) => tableOf(path, rows, words));
  if (!singles.length) return others;
  const first: Table = {
    name: title, tidy: true,
    columns: [{ name: words.t('model.measure'), kind: 'text' }, { name: words.t('model.value'), kind: 'decimal' }],
    rows: singles.map(([path, single]) => [nameOf(path, words), cell(path, single, words)]),
  };
  return [first, ...others];
}

/** The single values of an object, by path; its lists go to `lists`. `parent` is `null` outside of lists. */
function walk(object: Fields, prefix: string, parent: Fields | null, lists: Lists, language: Language): Fields {
  const fields = spoken(object, language);
  const called = parent && { ...parent, ...callings(fields) };
  const own: Fields = {};
  for (const [key, value] of Object.entries(fields)) {
    const path = prefix + key;
    const rows = objectsOf(value);
    for (const row of rows) {
      const inside: Lists = new Map();
      put(lists, path, { ...called, ...walk(row, '', called ?? {}, inside, language) });
      for (const [inner, innerRows] of inside) for (const innerRow of innerRows) put(lists, `${path}.${inner}`, innerRow);
    }
    if (rows.length || isHollow(value)) continue;
    const inner = fieldsOf(value);
    if (Object.keys(inner).length) Object.assign(own, walk(inner, `${path}.`, called, lists, language));
    else own[path] = value;
  }
  return own;
}

const put = (lists: Lists, path: string, row: Fields) => lists.set(path, [...(lists.get(path) ?? []), row]);

/** What tells one row of a list from another. */
const callings = (row: Fields): Fields =>
  Object.fromEntries(['learner', 'cut', 'name'].flatMap((key) => (row[key] === undefined ? [] : [[key, row[key]]])));

const isHollow = (value: Json): boolean => typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Sentences and names in one language: `name` and `name_zh`, `en` and `zh` say the same. */
function spoken(fields: Fields, language: Language): Fields {
  return Object.fromEntries(Object.entries(fields).flatMap(([key, value]): [string, Json][] => {
    if (key.endsWith('_zh') && key.slice(0, -3) in fields) return [];
    if ((key === 'en' || key === 'zh') && 'en' in fields && 'zh' in fields) return key === language ? [['sentence', value]] : [];
    return [[key, language === 'zh' ? (fields[`${key}_zh`] ?? value) : value]];
  }));
}

function tableOf(path: string, rows: Fields[], words: Words): Table {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isNumber = (name: string) => rows.every((row) => row[name] === null || row[name] === undefined || typeof row[name] === 'number');
  const columns = names.map((name): ColumnHead => ({ name: nameOf(name, words), kind: isNumber(name) ? 'decimal' : 'text' }));
  return { name: nameOf(path, words), tidy: true, columns, rows: rows.map((row) => names.map((name) => cell(name, row[name] ?? null, words))) };
}

function cell(path: string, value: Json, words: Words): CellValue {
  if (typeof value === 'number') return figure(path, value, words);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ');
  return JSON.stringify(value);
}

/** A number with as many digits as tell something. */
export function figure(path: string, value: number, words: Words): string {
  if (SHARES.has(path)) return words.share(value);
  return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(2) : words.number(value, 4);
}
