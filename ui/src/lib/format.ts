/** Numbers, money, instants and civil dates as a reader of one language writes them. */

const cache = new Map<string, Intl.NumberFormat>();

function numbers(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language + JSON.stringify(options);
  let format = cache.get(key);
  if (!format) cache.set(key, (format = new Intl.NumberFormat(language, options)));
  return format;
}

export const formatCount = (language: string, n: number) => numbers(language, {}).format(n);

/** `0.3661` → `36.6%`. A share that is not there is a dash, never 0. */
export function formatShare(language: string, share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined) return '–';
  return numbers(language, { style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

/** A difference of two shares, in percentage points with its sign. */
export function formatPoints(language: string, difference: number): string {
  return numbers(language, { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: 'exceptZero' }).format(difference * 100);
}

export function formatNumber(language: string, value: number | string | null, digits = 2): string {
  if (value === null) return '–';
  return numbers(language, { maximumFractionDigits: digits, notation: compactFrom(value, 100_000) }).format(Number(value));
}

/** `1262104.00` → `1,262,104.00`: every digit of it, grouped. What is no number stands as it is. */
export function formatFigure(language: string, text: string): string {
  const found = /^[-−]?\d+(?:\.(\d{1,20}))?$/.exec(text);
  if (!found) return text;
  const digits = found[1]?.length ?? 0;
  return numbers(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(text.replace('−', '-') as Intl.StringNumericLiteral);
}

export function formatMoney(language: string, value: number | string | null, currency: string | null): string {
  if (value === null) return '–';
  if (!currency) return formatNumber(language, value);
  try {
    return numbers(language, { style: 'currency', currency, notation: compactFrom(value, 100_000) }).format(Number(value));
  } catch {
    // A code that is not ISO 4217 is still a currency to whoever wrote it.
    return `${formatNumber(language, value)} ${currency}`;
  }
}

const compactFrom = (value: number | string, limit: number) =>
  Math.abs(Number(value)) >= limit ? ('compact' as const) : ('standard' as const);

export function formatBytes(language: string, bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = bytes > 0 ? Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3)) : 0;
  return numbers(language, { style: 'unit', unit: units[step] ?? 'byte', unitDisplay: 'short', maximumFractionDigits: 1 })
    .format(bytes / 1000 ** step);
}

/** A civil date (`2010-12-01`), which has no zone. */
export function formatDate(language: string, date: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date.slice(0, 10) + 'T00:00:00Z'));
}

export function formatInstant(language: string, instant: string, zone?: string): string {
  const options: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' };
  if (zone) options.timeZone = zone;
  return new Intl.DateTimeFormat(language, options).format(new Date(instant));
}

/** A month of a quotation (`2023-03`). */
export function formatMonth(language: string, month: string): string {
  const date = new Date(`${month.slice(0, 7)}-01T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return month;
  return new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', timeZone: 'UTC' }).format(date);
}
