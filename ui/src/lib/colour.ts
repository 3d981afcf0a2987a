/**
 * Colours of pictures. The heat scale has one hue and even steps of lightness, so that it reads
 * the same to every eye and in a grey print; lines are told apart by hue, dash and mark at once.
 */

export type Scheme = 'light' | 'dark';

const HEAT: Record<Scheme, readonly string[]> = {
  light: ['#eef7f3', '#d3ebe1', '#abd9ca', '#7cc3b3', '#4ba79c', '#278680', '#126663', '#0a4a4b'],
  dark: ['#17272a', '#1a383b', '#1d4a4c', '#205e5d', '#27756f', '#3f8f82', '#69ad97', '#a5ceb2'],
};
const INK: Record<Scheme, { dark: string; light: string }> = {
  light: { dark: '#030606', light: '#ffffff' },
  dark: { dark: '#030606', light: '#ffffff' },
};

/** Background of a heat cell at `level` 0…1. */
export function heat(scheme: Scheme, level: number): string {
  const stops = HEAT[scheme];
  const at = Math.min(1, Math.max(0, level)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return mix(stops[low] ?? '#000000', stops[low + 1] ?? '#000000', at - low);
}

/** The ink that reads best on a background. */
export function inkOn(scheme: Scheme, background: string): string {
  const { dark, light } = INK[scheme];
  return contrast(background, dark) >= contrast(background, light) ? dark : light;
}

/** Lines, after Okabe and Ito's palette for colour-blind readers, one set per ground. */
const LINES: Record<Scheme, readonly string[]> = {
  light: ['#0f6e68', '#c2500a', '#0067a5', '#8a4f9e', '#8c6a00', '#c0397b', '#4a6b1f', '#5c5f66', '#7a2e2e', '#00838f', '#6b7280'],
  dark: ['#5fc4ae', '#f0954f', '#6cb6ee', '#c79bdb', '#e0c04c', '#f08cbb', '#a8cf6a', '#c1c2c5', '#e08a83', '#66d0dc', '#9ca3af'],
};
export const lineColour = (scheme: Scheme, index: number): string =>
  LINES[scheme][index % LINES[scheme].length] ?? '#888888';

export const DASHES = ['solid', 'dashed', 'dotted'] as const;
export const MARKS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect'] as const;

/** WCAG contrast of two colours, 1…21. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = channels(colour).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const channels = (colour: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);

function mix(a: string, b: string, share: number): string {
  const from = channels(a);
  const to = channels(b);
  return '#' + from.map((c, i) => Math.round((c + ((to[i] ?? c) - c) * share) * 255).toString(16).padStart(2, '0')).join('');
}
