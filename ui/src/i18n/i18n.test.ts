import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAGS } from '../components/DefinitionNote';
import { FACTS, FIELDS } from '../components/importer/detected';
import { REASONS } from '../components/importer/reasons';
import { INDUSTRIES } from '../insights/crr/industry';
import { OPS, POPULATIONS, UNITS, WEEKDAYS } from '../insights/retention/question';
import en from './en.json';
import zh from './zh.json';

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') all.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) all.set(inner, text);
  }
  return all;
}

/** English counts one and other, Chinese only other: the same key in two grammars. */
const singular = (key: string) => key.replace(/_(one|other)$/, '');
const keysOf = (tree: Tree) => new Set([...flat(tree).keys()].map(singular));
const english = keysOf(en);
const chinese = keysOf(zh);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\./.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

const code = sources(join(import.meta.dirname, '..')).join('\n');
/** A key as it stands in code: `t('a.b')`, `t(x ? 'a.b' : 'a.c')`, or a value of a table of keys. */
const literals = new Set([...code.matchAll(/'([a-z_]+\.[a-z0-9_]+)'/g)].map((match) => match[1] ?? ''));
/** A key made of a prefix and a name: `t(`unit.${unit}`)`. */
const prefixes = new Set([...code.matchAll(/`([a-z_]+\.[a-z_]*)\$\{/g)].map((match) => match[1] ?? ''));

/** The sources of the insights: what they mark a definition with must have words here. */
function marks(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return marks(path);
    return entry.name === 'words.rs' ? [...readFileSync(path, 'utf8').matchAll(/flags\.push\("(\w+)"/g)].map((match) => match[1] ?? '') : [];
  });
}

describe('languages', () => {
  it('have the same keys', () => {
    expect([...english].filter((key) => !chinese.has(key))).toEqual([]);
    expect([...chinese].filter((key) => !english.has(key))).toEqual([]);
  });

  it('have every key that the code asks for', () => {
    const asked = [...code.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((key) => !english.has(key))).toEqual([]);
  });

  it('have a key for every name that code puts behind a prefix', () => {
    const named: Record<string, readonly string[]> = {
      unit: UNITS, period: [...UNITS, 'purchase_cycle', 'brackets'], columns: [...UNITS, 'purchase_cycle'], population: POPULATIONS,
      weekday: WEEKDAYS, industry: INDUSTRIES, reason: REASONS, fact: FACTS, field: FIELDS, months: Array.from({ length: 12 }, (_, at) => String(at + 1)),
      import: ['state_waiting', 'state_running', 'state_done', 'state_failed', 'state_interrupted', 'state_undone', 'read', 'accepted', 'rejected', 'duplicate'],
    };
    for (const [prefix, names] of Object.entries(named)) {
      expect(names.filter((name) => !english.has(`${prefix}.${name}`)), prefix).toEqual([]);
    }
    expect(Object.keys(en.op)).toHaveLength(OPS.length);
  });

  it('have words for every mark of a definition', () => {
    const marked = [...new Set(marks(join(import.meta.dirname, '../../../crates/insights/src')))].sort();
    expect(marked.length).toBeGreaterThan(2);
    expect(Object.keys(FLAGS).sort()).toEqual(marked);
    expect(Object.values(FLAGS).filter((key) => !english.has(key) || !chinese.has(key))).toEqual([]);
  });

  it('keep no key that nothing asks for', () => {
    const isUsed = (key: string) => literals.has(key) || [...prefixes].some((prefix) => key.startsWith(prefix));
    expect([...english].filter((key) => !isUsed(key))).toEqual([]);
  });

  it('fill in the same names on both sides', () => {
    const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort().join();
    const here = flat(en);
    const there = flat(zh);
    for (const [key, text] of there) {
      expect(holes(text), key).toBe(holes(here.get(key) ?? ''));
    }
  });

  it('leave no Chinese text in English', () => {
    const same = new Set(['Mixpanel 算法']);
    for (const [key, text] of flat(zh)) {
      const original = flat(en).get(key) ?? '';
      expect(/[\u4e00-\u9fff]/.test(original), key).toBe(false);
      if (/[A-Za-z]{4,}/.test(original) && !same.has(text) && original === text) {
        expect(['SaaS', 'a, b, c', '{{from}} – {{to}}'], `${key} is not translated`).toContain(text);
      }
    }
  });
});
