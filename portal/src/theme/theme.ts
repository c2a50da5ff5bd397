// A harbour: deep water, chart paper, and one lamp. States have their own colours, never alone (see parts/RunStatus).
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const sea: MantineColorsTuple = [
  '#e9f6f7',
  '#d3eaec',
  '#a6d5d9',
  '#74bec5',
  '#4cabb4',
  '#2f98a2',
  '#1b818c',
  '#116b75',
  '#0c5660',
  '#08424b',
];

const lamp: MantineColorsTuple = [
  '#fdf4e1',
  '#f9e6c2',
  '#f3cf8b',
  '#efb957',
  '#eca631',
  '#d88f17',
  '#b2720c',
  '#8f5a08',
  '#704607',
  '#523204',
];

const buoy: MantineColorsTuple = [
  '#fdeeec',
  '#f8d9d5',
  '#efb0a8',
  '#e88579',
  '#e26353',
  '#d84a39',
  '#bb3526',
  '#9c281b',
  '#7c1f15',
  '#5d150e',
];

const moss: MantineColorsTuple = [
  '#edf6ee',
  '#d9ebdb',
  '#b0d6b5',
  '#85bf8c',
  '#60aa6a',
  '#459551',
  '#327a3e',
  '#276432',
  '#1e4f27',
  '#15391c',
];

/** In the dark scheme these are the surfaces: from text (0) to the deepest water (9). */
const dark: MantineColorsTuple = [
  '#dbe6ea',
  '#b4c5cc',
  '#93a8b1',
  '#5f7a85',
  '#33505c',
  '#264350',
  '#163039',
  '#11262e',
  '#0c1d24',
  '#07141a',
];

/** In the light scheme these are text and borders: chart paper and its ink. */
const gray: MantineColorsTuple = [
  '#f6f8f7',
  '#edf1f0',
  '#dfe6e5',
  '#cbd5d5',
  '#a9b8ba',
  '#7f9195',
  '#56686d',
  '#3d5056',
  '#26383e',
  '#152429',
];

export const theme = createTheme({
  colors: { sea, lamp, buoy, moss, dark, gray },
  primaryColor: 'sea',
  // White text on it has a contrast of at least 4.5 in both schemes: Mantine chooses the text by the light one alone.
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.3,
  black: '#152429',
  // The person's own fonts: nothing is downloaded.
  fontFamily:
    'Inter, "Seravek", "Gill Sans Nova", "Segoe UI", "Noto Sans", Ubuntu, Cantarell, "Helvetica Neue", "DejaVu Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "Cascadia Code", "SF Mono", "JetBrains Mono", "Source Code Pro", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: {
    fontFamily:
      '"Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", P052, "Noto Serif", Georgia, serif',
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.75rem' }, h2: { fontSize: '1.25rem' }, h3: { fontSize: '1.05rem' } },
  },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  defaultRadius: 'sm',
  radius: { sm: '6px', md: '10px' },
  respectReducedMotion: true,
  cursorType: 'pointer',
  focusRing: 'auto',
});

/** Mantine's names for colours that the page has already, and which know both schemes (global.css). */
export const variables: CSSVariablesResolver = () => {
  const names = {
    '--mantine-color-body': 'var(--ground)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-soft)',
    '--mantine-color-error': 'var(--state-failed)',
  };
  // Mantine's own are darker in the dark than the page: what is tinted would recede.
  const tinted = {
    '--mantine-color-sea-light': 'var(--mantine-color-sea-9)',
    '--mantine-color-sea-light-hover': 'var(--mantine-color-sea-8)',
  };
  return { variables: {}, light: names, dark: { ...names, ...tinted } };
};
