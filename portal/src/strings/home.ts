import { format } from '.';

export const home = {
  title: 'Home',
  /** What the page says first. */
  summary: (active: string, trouble: number) => {
    const running = active === '' ? 'Nothing is running.' : `${active} under way.`;
    const needs = trouble === 0 ? '' : ` ${format.plural(trouble, { one: 'run needs', other: 'runs need' })} you.`;
    return running + needs;
  },
  activeRuns: (count: number, more: boolean) =>
    more ? `More than ${format.number(count)} runs are` : format.plural(count, { one: 'run is', other: 'runs are' }),
  needs: {
    title: 'Needs you',
    again: 'Run again what failed',
    open: 'Open',
    aside: 'Set aside',
    asideLabel: (name: string) => `Set aside: ${name}`,
    failed: (ago: string) => `failed ${ago}`,
    waiting: (ago: string) => `waiting since ${ago}`,
    more: (count: number) => `${format.plural(count, { one: 'more failed run', other: 'more failed runs' })}`,
  },
  now: {
    title: 'Running now',
    all: 'All that have not ended',
    emptyTitle: 'Nothing is running',
    emptyText: 'What you start appears here and goes on when you close this page.',
  },
  recent: { title: 'Finished lately', all: 'All runs', took: (lasted: string) => `took ${lasted}` },
  next: {
    title: 'What next',
    run: 'Start a run',
    runText: 'Say what to run and what it needs. You see where it could go before it starts.',
    sites: 'See where runs can go',
    sitesText: 'The services you can use, what they offer, and how busy they are.',
    terminal: 'From a terminal',
    terminalText: 'Everything here works there as well:',
    command: "roadstead run --output '*.txt' -- sh -c 'echo 42 > answer.txt'",
    demo: 'The demonstration',
    demoText: 'Real source finding in radio data, checked against what was put in.',
    demoStart: 'Run it',
  },
};

export const tour = {
  title: 'See it work',
  lead: 'Find galaxies in three radio data cubes: a small piece of real work, with a right answer to compare with. It takes about ten seconds on this computer, and is what your own work will look like.',
  start: 'Run the demonstration',
  later: 'Not now',
  starting: 'Sending the scripts…',
  again: 'Run it again',
  close: 'Close',
  steps: {
    simulate: {
      title: 'Simulate three fields of the sky',
      text: 'One run, three elements: each makes a data cube with galaxies in noise.',
    },
    find: {
      title: 'Find the galaxies',
      text: 'It waits for the cubes and takes them as inputs: a source finder on each.',
    },
    merge: {
      title: 'Merge and check',
      text: 'One catalogue out of three, compared with what was put in.',
    },
  },
  notYet: 'Not started',
  open: (name: string) => `Look at the run “${name}”`,
  verdict: (matched: number, injected: number, wrong: number, found: number) =>
    `${format.number(matched)} of ${format.number(injected)} galaxies found; ${format.number(wrong)} of ${format.plural(found, { one: 'detection', other: 'detections' })} false.`,
  passed: 'The check passed',
  notPassed: 'The check did not pass',
  map: 'Map of one field: hydrogen summed over all channels; the galaxies found are the bright spots',
  mapCaption: 'Field 1: hydrogen summed over all channels',
  after:
    'Look at the outputs of each run, its log, and how it was made. Each can be downloaded as a research object (RO-Crate).',
};
