// The portal's own few drawings, so that no library of thousands is loaded. All on a 20 x 20 field, stroked.
const paths = {
  home: 'M3 9.5 10 4l7 5.500M5 8.500V16h10V8.500M8.500 16v-4h3v4',
  runs: 'M4 5h12M4 10h12M4 15h7',
  plus: 'M10 4v12M4 10h12',
  machine: 'M3.500 4h13v8.500h-13zM7.500 16h5M10 12.500V16M6 9.500h.1',
  sites: 'M10 3v14M10 3.200 6.500 8h7L10 3.200M4 12.500c.5 3 3 4.500 6 4.500s5.500-1.500 6-4.500',
  account: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6M4 16.500c.6-3 3-4.500 6-4.500s5.400 1.500 6 4.500',
  admin:
    'M10 3 4.500 5.200v4.300c0 3.500 2.300 6 5.500 7.500 3.200-1.500 5.500-4 5.500-7.500V5.200zM7.500 10l2 2 3.200-3.700',
  sliders: 'M4 6h7M15 6h1M13 4v4M4 14h1M9 14h7M7 12v4',
  check: 'm4.500 10.500 3.500 3.500 7.500-8',
  edit: 'm4 16 .7-3.200L13 4.500l2.500 2.500-8.300 8.300z',
  cross: 'm5.500 5.500 9 9m0-9-9 9',
  wait: 'M6 4h8M6 16h8M7 4c0 3.500 3 4 3 6s-3 2.500-3 6M13 4c0 3.500-3 4-3 6s3 2.500 3 6',
  stop: 'M10 3.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M5.500 14.500l9-9',
  planned: 'M10 3.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13M10 6.500V10l2.500 1.500',
  running: 'M7 4.500v11l8.500-5.500z',
  down: 'M10 4v9m-4-3.500 4 4 4-4M5 16.500h10',
  up: 'M10 16V7m-4 3.500 4-4 4 4M5 3.500h10',
  broom: 'M13.500 3.500 9 9M6.500 8.500l5 4-2 4c-2.500.5-4.500 0-6-1.500 1.500-1 2.500-3.500 3-6.500',
  warning: 'M10 3.500 17 16H3zM10 8.500v3.500M10 14.200v.1',
  sun: 'M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6M10 2.500V4M10 16v1.500M2.500 10H4M16 10h1.500M4.700 4.700l1 1M14.300 14.300l1 1M15.300 4.700l-1 1M5.700 14.300l-1 1',
  moon: 'M16 11.500A6.500 6.500 0 0 1 8.500 4a6.500 6.500 0 1 0 7.500 7.500',
  keyboard: 'M3 6h14v8.500H3zM6 9h.1M9 9h.1M12 9h.1M14.500 9h.1M6.500 12h7',
  search: 'M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4m3.700 8.700L16.500 16.500',
  copy: 'M7 7V4h9v9h-3M4 7h9v9H4z',
  link: 'M8.500 11.500l3-3M9 6.500l1.500-1.500a3.200 3.200 0 0 1 4.500 4.500L13.500 11M11 13.500 9.500 15A3.200 3.200 0 0 1 5 10.500L6.500 9',
  refresh: 'M16 10a6 6 0 1 1-2-4.500M16 3.500V7h-3.500',
  file: 'M5.500 3.500h6l3.500 3.500v9.500h-9.500zM11 3.500V7.500h4',
  right: 'm8 5 5 5-5 5',
  chevron: 'm5 8 5 5 5-5',
  dots: 'M4.500 10h.1M10 10h.1M15.500 10h.1',
} as const;

export type IconName = keyof typeof paths;

/** Never says anything by itself: there is always a word beside it, or a label on the button. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
