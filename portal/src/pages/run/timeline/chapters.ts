// The events of a run as chapters: what came before the first attempt, each attempt, what came after. Steps of the flow
// and progress of elements are details: of a row of them that nothing interrupts only the last is a line of its own.
import type { Attempt, Event } from '@/api/types';

export interface Line {
  event: Event;
  /** Earlier events that this one stands for, oldest first. */
  earlier: Event[];
}

export interface Chapter {
  /** The attempt's number; undefined before the first. */
  attempt: number | undefined;
  service: string | undefined;
  lines: Line[];
}

const QUIET: ReadonlySet<Event['kind']> = new Set(['step', 'elements', 'owned']);

export function isDetail(event: Event): boolean {
  return QUIET.has(event.kind);
}

/** `events` in the order of `seq`. */
export function chaptersOf(events: Event[], attempts: Attempt[]): Chapter[] {
  const chapters: Chapter[] = [{ attempt: undefined, service: undefined, lines: [] }];
  for (const event of events) {
    if (event.kind === 'attempt_started') {
      const service = attempts.find((attempt) => attempt.number === event.number)?.service ?? event.service;
      chapters.push({ attempt: event.number, service, lines: [] });
    }
    const lines = chapters.at(-1)?.lines;
    const last = lines?.at(-1);
    if (last !== undefined && last.event.kind === 'elements' && event.kind === 'elements') {
      last.earlier.push(last.event);
      last.event = event;
    } else lines?.push({ event, earlier: [] });
  }
  return chapters.filter((chapter) => chapter.lines.length > 0);
}

/** Joins what was known with what came, by number: a stream that resumes may say something twice. */
export function joined(known: Event[], more: Event[]): Event[] {
  const last = known.at(-1)?.seq ?? 0;
  const fresh = more.filter((event) => event.seq > last);
  return fresh.length === 0 ? known : [...known, ...fresh];
}
