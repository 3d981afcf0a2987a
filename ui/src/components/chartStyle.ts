/** What every picture shares: inks, grid, tooltip. */
import { useComputedColorScheme } from '@mantine/core';
import type { Scheme } from '../lib/colour';
import { FONT } from '../lib/font';

export function useScheme(): Scheme {
  return useComputedColorScheme('light') === 'dark' ? 'dark' : 'light';
}

const GROUND = {
  light: { ink: '#14211f', soft: '#566764', line: '#e6ecea', surface: '#ffffff' },
  dark: { ink: '#e8efed', soft: '#9dacaa', line: '#273435', surface: '#1c2729' },
} as const;

/** Text is measured before it is drawn, so the chart must know the font by name. */
export const chartText = { fontFamily: FONT };

export const groundOf = (scheme: Scheme) => GROUND[scheme];

export function axes(scheme: Scheme) {
  const { soft, line } = GROUND[scheme];
  const label = { color: soft, fontSize: 12 };
  return {
    category: { axisLabel: { ...label, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
    value: { axisLabel: label, splitLine: { lineStyle: { color: line } }, axisLine: { show: false } },
    name: { color: soft, fontSize: 12 },
  };
}

export function tooltipStyle(scheme: Scheme) {
  const { ink, line, surface } = GROUND[scheme];
  return {
    backgroundColor: surface, borderColor: line, borderWidth: 1, padding: [8, 12],
    textStyle: { color: ink, fontSize: 13, fontWeight: 'normal' as const },
    extraCssText: 'border-radius:8px;box-shadow:0 4px 16px rgb(0 0 0 / 14%);max-width:320px;white-space:normal;',
  };
}

/** Text that goes into a tooltip's markup. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
