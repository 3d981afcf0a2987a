/** Rules of this folder that the compiler does not know. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REASONS } from './components/importer/reasons';

const root = import.meta.dirname;

function files(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return files(path);
    return /\.tsx?$/.test(entry.name) ? [{ path: relative(root, path), text: readFileSync(path, 'utf8') }] : [];
  });
}

const all = files(root).filter(({ path }) => path !== 'tidy.test.ts' && path !== 'api/schema.ts');
const offenders = (bad: RegExp, except: string[] = []) =>
  all.filter(({ path, text }) => !except.includes(path) && bad.test(text)).map(({ path }) => path);

describe('the source', () => {
  it('is there', () => expect(all.length).toBeGreaterThan(40));
  it('names the chart library in one file', () => expect(offenders(/from 'echarts/, ['components/Chart.tsx'])).toEqual([]));
  it('never says any', () => expect(offenders(/(:|<|\bas|\|)\s*any\b/)).toEqual([]));
  it('silences nothing', () => expect(offenders(/@ts-(ignore|nocheck|expect-error)|eslint-disable/)).toEqual([]));
  it('speaks to the server in one file', () => expect(offenders(/\bfetch\(|XMLHttpRequest/, ['api/client.ts'])).toEqual([]));
  it('fetches nothing from elsewhere', () => expect(offenders(/['"`]https?:\/\//)).toEqual([]));
  it('keeps files short', () => expect(all.filter(({ text }) => text.split('\n').length > 300).map(({ path }) => path)).toEqual([]));
  it('draws views without asking', () => {
    const views = all.filter(({ path }) => /insights\/.*\/(view|Triangle|CellTip|Headline|PeriodTable)\.tsx$/.test(path));
    expect(views.length).toBeGreaterThan(4);
    expect(views.filter(({ text }) => /use(Answer|Query|Catalog)\b/.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe('the words of what is rejected', () => {
  it('are there for every reason that is documented', () => {
    const errors = readFileSync(join(root, '../../docs/reference/errors.md'), 'utf8');
    const told = errors.split('## Rows that cannot be taken')[1]?.split('\n## ')[0] ?? '';
    const codes = [...told.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
    expect([...REASONS].sort()).toEqual(codes.sort());
  });
});

describe('the lock file', () => {
  const lock = readFileSync(join(root, '../package-lock.json'), 'utf8');
  it('holds no address of a mirror', () => expect(/"resolved"|https?:\/\/[^"]*\.tgz/.test(lock)).toBe(false));
  it('goes with exact versions', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, '../package.json'), 'utf8')) as Record<string, Record<string, string>>;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });
});
