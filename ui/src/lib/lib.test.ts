import { describe, expect, it } from 'vitest';
import { contrast, heat, inkOn, lineColour } from './colour';
import { decode, difference, ignoredKeys, isText, isWhole, type Shape } from './decode';
import { csv, fileName } from './files';
import { formatBytes, formatCount, formatDate, formatFigure, formatMoney, formatPoints, formatShare } from './format';

describe('the heat scale', () => {
  const steps = Array.from({ length: 101 }, (_, i) => i / 100);

  it.each(['light', 'dark'] as const)('can be read at every level, %s', (scheme) => {
    for (const level of steps) {
      const ground = heat(scheme, level);
      expect(contrast(ground, inkOn(scheme, ground)), `${level} ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(['light', 'dark'] as const)('goes one way in lightness, so that hue carries nothing, %s', (scheme) => {
    const ground = scheme === 'light' ? '#ffffff' : '#000000';
    const lightness = steps.map((level) => contrast(heat(scheme, level), ground));
    for (let i = 1; i < lightness.length; i++) expect(lightness[i]).toBeGreaterThanOrEqual((lightness[i - 1] ?? 0) - 1e-9);
  });

  it('holds what is off its ends', () => {
    expect(heat('light', 7)).toBe(heat('light', 1));
    expect(heat('light', -1)).toBe(heat('light', 0));
  });
});

it.each([['light', '#ffffff'], ['dark', '#161f21']] as const)('lines stand out from a %s ground', (scheme, ground) => {
  for (let i = 0; i < 11; i++) expect(contrast(lineColour(scheme, i), ground)).toBeGreaterThanOrEqual(3);
});

describe('numbers', () => {
  it('a share that is not there is a dash and never 0', () => {
    expect(formatShare('en', null)).toBe('–');
    expect(formatShare('en', 0)).toBe('0.0%');
    expect(formatShare('en', 0.36611)).toBe('36.6%');
  });
  it('differences of shares are points with a sign', () => {
    expect(formatPoints('en', 0.048)).toBe('+4.8');
    expect(formatPoints('en', 0)).toBe('0.0');
  });
  it('money wears its currency, exactly as many decimals as it has', () => {
    expect(formatMoney('en', '8911.4079', 'GBP')).toBe('£8,911.41');
    expect(formatMoney('en', '1200', 'JPY')).toBe('¥1,200');
    expect(formatMoney('zh-CN', '12.5', 'CNY')).toBe('¥12.50');
    expect(formatMoney('en', '12.5', null)).toBe('12.5');
    expect(formatMoney('en', '12.5', 'points')).toBe('12.5 points');
  });
  it('counts and bytes', () => {
    expect(formatCount('en', 541909)).toBe('541,909');
    expect(formatBytes('en', 0)).toBe('0 byte');
    expect(formatBytes('en', 7_553_988)).toBe('7.6 MB');
  });
  it('a figure keeps every digit, and what is none stands as it is', () => {
    expect(['1262104.00', '-7090.4719', '−0.5', '12345678901234567890.1', '545', '1.5 GBP', ''].map((text) => formatFigure('en', text)))
      .toEqual(['1,262,104.00', '-7,090.4719', '-0.5', '12,345,678,901,234,567,890.1', '545', '1.5 GBP', '']);
  });
  it('a civil date is the same day in every zone', () => expect(formatDate('en', '2010-12-01')).toBe('Dec 1, 2010'));
});

describe('files', () => {
  it('ids go into CSV exactly as they came in', () => {
    expect(csv(['customer'], [['17850'], ['a,b'], ['say "hi"'], ['两\n行'], [' x ']])).toBe(
      'customer\r\n17850\r\n"a,b"\r\n"say ""hi"""\r\n"两\n行"\r\n" x "\r\n');
  });
  it('names survive every file system', () => expect(fileName('customers', '2010-12-01', 'a/b: 中国', '3')).toBe('customers-2010-12-01-a-b-中国-3'));
});

describe('a search', () => {
  const shape: Shape<{ a: number; b: string }> = { a: isWhole(1, 5), b: isText };
  it('keeps what is well formed and names the rest', () => {
    const raw = { a: 9, b: 'x', c: 1 };
    const known = decode(shape, raw);
    expect(known).toEqual({ b: 'x' });
    expect(ignoredKeys(raw, known)).toEqual(['a', 'c']);
  });
  it('differs by value and not by the order of keys', () => {
    expect(difference({ q: { a: 1, b: 2 }, r: [1] }, { q: { b: 2, a: 1 }, r: [2] })).toEqual({ r: [1] });
  });
});
