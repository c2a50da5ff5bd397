import type { components } from '@/api/schema.gen';
import type { Event } from '@/api/types';
import { common } from './common';
import { moment, number, plural } from './format';
import { placeReason } from './places';

type Schemas = components['schemas'];
type Cause = Schemas['Cause'];
type Size = Schemas['Size'];

/** One line of the timeline: what happened; whose name belongs to it; more, when there is more to say. */
export interface Said {
  text: string;
  name?: string;
  detail?: string;
}

const elements = (count: number) => plural(count, { one: 'element', other: 'elements' });

function event(happened: Event): Said {
  switch (happened.kind) {
    case 'created':
      return { text: happened.elements > 1 ? `Created with ${elements(happened.elements)}` : 'Created' };
    case 'state':
      return { text: common.state[happened.state] };
    case 'waiting': {
      const { reason, detail, remedy } = happened.waiting_for;
      return { text: common.waiting[reason], detail: `${detail} ${remedy}` };
    }
    case 'resumed':
      return { text: 'Goes on' };
    case 'attempt_started':
      return { text: `Attempt ${happened.number} begins at`, name: happened.service };
    case 'attempt_ended':
      return happened.cause
        ? { text: `Attempt ${happened.number} ended: ${happened.cause.title}`, detail: happened.cause.detail }
        : { text: `Attempt ${happened.number} ended` };
    case 'owned':
      return { text: happened.created ? 'Created at the service:' : 'Confirmed gone:', name: happened.name };
    case 'elements': {
      const { done, failed, cancelled, active, queued } = happened.elements;
      const parts = [
        done > 0 ? `${number(done)} done` : '',
        failed > 0 ? `${number(failed)} failed` : '',
        cancelled > 0 ? `${number(cancelled)} cancelled` : '',
        active > 0 ? `${number(active)} under way` : '',
        queued > 0 ? `${number(queued)} to come` : '',
      ];
      return { text: `Elements: ${parts.filter((part) => part !== '').join(', ')}` };
    }
    case 'cancel_requested':
      return { text: 'Cancelled by', name: happened.by };
    case 'retry_requested':
      return { text: `${elements(happened.elements)} to be executed again, asked for by`, name: happened.by };
    case 'outcome': {
      const text = common.outcome[happened.outcome];
      return happened.cause
        ? { text: `${text}: ${happened.cause.title}`, detail: `${happened.cause.detail} ${happened.cause.remedy}` }
        : { text };
    }
    case 'attention':
      return { text: `${common.attention}: ${happened.problem.title}`, detail: happened.problem.detail };
    case 'lifetime':
      return { text: `The machine ends ${moment(happened.ends_at)}` };
    case 'step': {
      const text = `${happened.direction < 0 ? 'Undone' : 'Step'}: ${happened.step}`;
      return happened.error ? { text, detail: happened.error } : { text };
    }
  }
}

function reason(why: Cause): string {
  switch (why.reason) {
    case 'other_site':
      return `Not at the site ${why.wanted} that was asked for`;
    case 'other_service':
      return `Not the service ${why.wanted} that was asked for`;
    case 'other_project':
      return `Not the project ${why.wanted} that was asked for`;
    case 'too_few_cores':
      return `${number(why.wanted)} cores asked for, the largest has ${number(why.largest)}`;
    case 'too_little_memory':
      return `${why.wanted} of memory asked for, the largest has ${why.largest}`;
    case 'too_little_disk':
      return `${why.wanted} of disk asked for, the largest has ${why.largest}`;
    case 'too_few_accelerators':
      return `${number(why.wanted)} accelerators asked for, the largest has ${number(why.largest)}`;
    case 'no_container_engine':
      return `No container engine works there: ${why.detail}`;
    case 'not_in_one_size':
      return `Each is there, but none of its ${number(why.sizes ?? 0)} sizes has all of it`;
    case 'one_node_only':
      return `${number(why.nodes)} nodes with ${number(why.tasks_per_node)} tasks each asked for; it starts on one node only`;
    case 'excluded':
      return `Set aside for a while: ${why.cause}`;
    default:
      return placeReason(why) ?? 'For a reason that this page does not know yet';
  }
}

export const runStrings = {
  title: 'Run',
  id: 'the identifier of the run',
  kinds: { batch: 'Job', machine: 'Machine' } satisfies Record<Schemas['RunKind'], string>,
  at: (service: string) => `at ${service}`,
  created: 'Created',
  since: 'Since',
  until: ', until',
  quota: 'See your quota',
  startedAt: (moment: string) => `Started ${moment}`,
  took: (time: string) => `took ${time}`,
  runsFor: (time: string) => `for ${time}`,
  aboutError: (code: string) => `About ${code}`,
  hidden: (what: string) => (what.startsWith('U+') ? `A hidden character: ${what}` : `Not shown as it is: ${what}`),
  showMore: (characters: number) => `${plural(characters, { one: 'more character', other: 'more characters' })}`,
  copy: (what: string, text: string) => `Copy ${what}: ${text}`,
  inBrackets: (text: string) => ` (${text})`,

  tabs: { elements: 'Elements', timeline: 'Timeline', log: 'Log', outputs: 'Outputs', provenance: 'Provenance' },

  actions: {
    cancel: 'Cancel run',
    retry: (count: number, total: number) => (total === 1 ? 'Execute again' : `Retry ${number(count)} failed`),
    again: 'New run from this',
    machine: 'Open the machine',
    delete: 'Delete run',
  },
  confirm: {
    cancelTitle: 'Cancel this run?',
    cancel: 'What it is doing is stopped. Its log and what it has written so far are kept.',
    cancelArray: 'Elements that are under way or still to come are stopped. Those that have ended keep their results.',
    deleteTitle: 'Delete this run?',
    delete: 'Its logs, outputs and history are forgotten. This cannot be taken back.',
    keep: 'Keep it',
  },

  timeline: {
    title: 'What happened',
    details: 'Details',
    attempt: (count: number) => `Attempt ${number(count)} at`,
    earlier: (count: number) => `Show ${number(count)} earlier`,
    changes: (count: number) => `(${number(count)} changes)`,
    event,
  },

  plan: {
    title: 'Why here',
    noOffers: 'No service could carry it out as it was asked for.',
    chosen: 'chosen',
    rejected: 'Not considered, and why',
    term: 'For',
    points: 'Points',
    why: 'Because',
    sum: 'Sum',
    score: (points: number) => `${points > 0 ? '+' : ''}${points.toFixed(1)}`,
    size: (size: Size) =>
      [
        size.divisible ? 'up to' : '',
        plural(size.cores, { one: 'core', other: 'cores' }),
        `· ${size.memory} memory`,
        `· ${size.disk} disk`,
        size.accelerators > 0 ? `· ${plural(size.accelerators, { one: 'accelerator', other: 'accelerators' })}` : '',
      ]
        .filter((part) => part !== '')
        .join(' '),
    without: (change: string, services: number) =>
      `${change}: ${plural(services, { one: 'service', other: 'services' })}`,
    reason,
  },

  log: {
    stream: 'Stream',
    streams: { stdout: 'Output', stderr: 'Errors' },
    streamBytes: (name: string, length: string) => `${name} · ${length}`,
    element: 'Element',
    elementPrefix: 'Element ',
    label: (stream: string) => `Log, ${stream}`,
    search: 'Search in the log',
    find: 'Find',
    next: 'Next',
    previous: 'Previous',
    searching: 'Searching…',
    notFound: 'Not found',
    noErrors: 'No line looks like an error',
    match: (index: number, count: number, more: boolean) => `${number(index)} of ${number(count)}${more ? '+' : ''}`,
    firstError: 'Jump to error',
    nextError: 'Next error',
    follow: 'Follow',
    following: 'Following what is written',
    live: 'More may be written',
    wrap: 'Wrap lines',
    download: 'Download',
    empty: 'Nothing was written here.',
    notYet: 'Nothing has been written here yet.',
    place: (percent: number, size: string) => `${number(percent)} % of ${size}`,
    truncated: (size: string) => `More was written than is kept: this is the first ${size}.`,
    interrupted: 'The gateway does not answer; trying again…',
    continued: 'The line above goes on here',
    continuedSign: '↳ ',
    overwritten: 'This line overwrote itself. Show all of it.',
    showMore: (size: string) => `Show ${size} more`,
  },

  outputs: {
    files: 'Output files',
    element: 'Element',
    path: 'File',
    size: 'Size',
    checksum: 'SHA-256',
    sha: (short: string) => `sha256 ${short}…`,
    save: 'Download',
    saveNamed: (name: string) => `Download ${name}`,
    none: 'No outputs',
    noneText: 'The request names no outputs, or nothing matched them.',
    notYet: 'No outputs yet',
    notYetText: 'They appear here when an element has ended.',
    choose: 'Choose a file to look into it.',
  },

  preview: {
    title: 'Preview',
    content: 'Content of the file',
    empty: 'The file is empty.',
    none: 'There is no preview for files of this kind. Download it to look into it.',
    tooLarge: (size: string, most: string) => `${size} is more than a preview takes (${most}). Download it instead.`,
    cut: (shown: string, all: string) => `This is the first ${shown} of ${all}.`,
    noImage: 'This is not a PNG or JPEG image, whatever its name says.',
    pixels: (width: string, height: string) => `${width} × ${height} pixels`,
    tooManyPixels: (size: string) => `${size} are more than a preview takes. Download it instead.`,
    table: (rows: number, columns: number) =>
      `${plural(rows, { one: 'row', other: 'rows' })}, ${plural(columns, { one: 'column', other: 'columns' })}.`,
    columnsCut: (shown: number) => `The first ${number(shown)} columns are shown.`,
    rowNumber: 'Row',
    headed: 'First row is the heading',
    noJson: (at: string) => `This is not JSON: something is wrong at character ${at}.`,
    objectSign: '{…}',
    arraySign: '[…]',
    keySign: ': ',
    moreItems: 'Show 100 more',
    noFits: 'This is not a FITS file, whatever its name says.',
  },

  fits: {
    extensions: 'Extensions',
    primary: 'PRIMARY',
    unnamed: 'unnamed',
    kinds: { image: 'image', table: 'table', empty: 'no data', compressed: 'compressed image' },
    rows: (count: number) => plural(count, { one: 'row', other: 'rows' }),
    times: ' × ',
    rest: { many: 'There are more.', broken: 'What follows cannot be read.' },
    empty: 'This part has no data, only a header.',
    compressed: (method: string, pixels: string) =>
      `An image of ${pixels} pixels, kept compressed${method ? ` (${method})` : ''}: its header is shown, the image itself is not.`,
    badImage: 'The data of this image are not what its header says.',
    badTable: 'A table whose columns do not fit what its header says: only the header is shown.',
    noRows: (columns: number) => `A table with ${plural(columns, { one: 'column', other: 'columns' })} and no rows.`,
    wideRows: (length: string) => `A table with rows of ${length} each: too long to show one.`,
    firstRows: (shown: number, rows: number, columns: number) => {
      const all = `${plural(rows, { one: 'row', other: 'rows' })}, ${plural(columns, { one: 'column', other: 'columns' })}.`;
      return shown < rows ? `The first ${number(shown)} of ${all}` : all;
    },
    header: (cards: number) => `Header (${number(cards)})`,
    keyword: 'Keyword',
    value: 'Value',
    comment: 'Comment',
    cut: 'The rest of the header is not shown.',
    stretch: 'Range',
    stretches: { zscale: 'zscale', percentile: '99 % of the pixels', full: 'Lowest to highest' },
    curve: 'Scale',
    curves: { linear: 'Linear', asinh: 'asinh' },
    plane: (plane: number, planes: number) => `Plane ${number(plane)} of ${number(planes)}`,
    image: (path: string, columns: string, rows: string) => `Image in ${path}, ${columns} × ${rows} pixels`,
    cuts: (low: string, high: string, unit: string) => `Black at ${low}, white at ${high}${unit ? ` ${unit}` : ''}.`,
    thinned: 'Thinned to fit.',
    scaled: 'Values are scaled as the header says.',
    blank: 'No pixel of this plane has a value.',
  },

  array: {
    grid: 'Elements',
    table: 'Elements as a table',
    view: 'View',
    asGrid: 'Grid',
    asTable: 'Table',
    legend: 'States',
    of: (total: string) => `of ${total}`,
    cell: (index: number, word: string) => `Element ${index}: ${word.toLowerCase()}`,
    element: (index: number) => `#${index}`,
    words: {
      queued: 'Queued',
      leased: 'Given to a pilot',
      staging: 'Bringing inputs',
      running: 'Running',
      collecting: 'Collecting outputs',
      done: 'Done',
      failed: 'Failed',
      cancelled: 'Cancelled',
    },
    number: 'Element',
    state: 'State',
    took: 'Took',
    tries: 'Tries',
    cause: 'Cause',
    none: 'No element is in this state.',
    before: 'Before',
    after: 'After',
    retry: 'Execute again',
    cancel: 'Cancel element',
    triesSaid: (tries: number) =>
      tries === 0 ? 'not started yet' : `started ${tries === 1 ? 'once' : `${number(tries)} times`}`,
  },

  causes: {
    title: 'Why elements did not succeed',
    elements,
    show: 'Show in the grid',
    retry: (count: number) => (count === 1 ? 'Retry it' : `Retry these ${number(count)}`),
    more: (count: string) => `and ${count} more`,
    others: (count: number) => `${elements(count)} more, each with a cause that is rarer than these.`,
  },

  provenance: {
    request: 'What was asked for',
    executed: 'What was executed',
    perElement: 'Each element has its own: choose one under Elements.',
    crate: 'Research object (RO-Crate)',
    crateLater: 'It is made when the run has ended.',
    command: 'Command',
    containerCommand: 'Command in the container',
    moreWords: (count: number) => plural(count, { one: 'more word', other: 'more words' }),
    workflow: 'Workflow',
    workflowFile: (file: string, language: string | undefined) => (language ? `${file} (${language})` : file),
    image: 'Container image',
    service: 'Service',
    array: 'Elements',
    askedCores: 'Cores asked for',
    askedMemory: 'Memory asked for',
    askedDisk: 'Disk asked for',
    walltime: 'Longest time',
    accelerators: 'Accelerators asked for',
    retries: 'Tries again when it fails',
    after: 'Comes after',
    inputs: 'Inputs',
    noInputs: 'None.',
    from: (place: string) => `from ${place}`,
    fromSign: 'from',
    environment: 'Environment',
    noReport: 'Nothing was executed yet.',
    exit: 'Ended with',
    code: (code: number) => `exit code ${code}`,
    signal: (signal: number) => `signal ${signal}`,
    host: 'Host',
    isolation: 'Confined by',
    limits: 'Limits kept by',
    pilot: 'Version of the pilot',
    cpu: 'Processor time',
    cores: 'Cores used on average',
    busy: (cores: number) => cores.toFixed(2),
    memory: 'Memory at its peak',
    disk: 'Disk at its peak',
    read: 'Read',
    written: 'Written',
    notMeasured: 'not measured',
  },

  receipt: {
    title: 'What was created for it',
    nothing: 'Nothing was created.',
    released: 'Everything that was created is confirmed gone.',
    standing: 'It is there as long as the machine is.',
    held: 'Not everything that was created is gone yet.',
    at: (service: string) => `at ${service}`,
    created: (moment: string) => `Created ${moment};`,
    neverCreated: 'Never created;',
    asked: (moment: string) => `Asked for ${moment}; no answer yet.`,
    planned: 'Not asked for yet.',
    gone: (moment: string) => `gone ${moment}.`,
    there: 'still there.',
  },
};
