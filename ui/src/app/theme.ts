/** One hue of our own on Mantine; everything else is spacing and type. */
import { FONT } from '../lib/font';
import { Alert, Badge, createTheme, type MantineColorsTuple } from '@mantine/core';

const leaf: MantineColorsTuple = [
  '#e9f7f2', '#d3ebe1', '#abd9ca', '#7cc3b3', '#4ba79c', '#278680', '#12756f', '#0f6e68', '#0d5b57', '#0a4a4b',
];
/** Dark grounds with a breath of the same hue. */
const dark: MantineColorsTuple = [
  '#d5dcdb', '#b4bfbe', '#93a09f', '#667574', '#40504f', '#2f3d3d', '#1d2829', '#151f20', '#0f1718', '#0a1011',
];

/** Quiet grounds for notes; the library's own are loud in the dark. */
function tones(color: string | undefined) {
  if (color === 'yellow') return { '--alert-bg': 'light-dark(#fff6df, #2b2516)', '--alert-color': 'light-dark(#805300, #f0c36d)' };
  if (color === 'red') return { '--alert-bg': 'light-dark(#fdeeec, #331d1c)', '--alert-color': 'light-dark(#a8231b, #f4a8a1)' };
  if (color === 'leaf') return { '--alert-bg': 'light-dark(#e4f3ee, #1b3334)', '--alert-color': 'light-dark(#0d5b57, #8fd6c4)' };
  return null;
}

export const theme = createTheme({
  primaryColor: 'leaf',
  primaryShade: { light: 7, dark: 5 },
  colors: { leaf, dark },
  fontFamily: FONT,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono", monospace',
  headings: { fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Alert: Alert.extend({ vars: (_, { color }) => ({ root: tones(color) ?? {} }) }),
    Badge: Badge.extend({
      vars: (_, { color, variant }) => {
        const tone = variant === 'light' ? tones(color) : null;
        return { root: tone ? { '--badge-bg': tone['--alert-bg'], '--badge-color': tone['--alert-color'] } : {} };
      },
    }),
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, multiline: true } },
    Select: { defaultProps: { allowDeselect: false, checkIconPosition: 'right' } },
  },
});
