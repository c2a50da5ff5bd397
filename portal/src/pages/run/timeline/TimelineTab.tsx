import { Switch } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { Event, RunDetail } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { Shown } from '../Shown';
import { Trouble } from '../Trouble';
import { type Chapter, chaptersOf, isDetail, type Line } from './chapters';
import { PlanView } from './PlanView';
import classes from './Timeline.module.css';
import { useTimeline } from './useTimeline';

/** Lines of a chapter that are shown before somebody asks for the earlier ones. */
const SHOWN = 150;

export function TimelineTab({ run }: { run: RunDetail }) {
  const events = useTimeline(run.id);
  const [details, setDetails] = useState(false);
  const chapters = useMemo(
    () =>
      chaptersOf(
        (events.data ?? []).filter((event) => details || !isDetail(event)),
        run.attempts,
      ),
    [events.data, run.attempts, details],
  );
  return (
    <div className={classes.both}>
      <section aria-label={s.timeline.title}>
        <div className={classes.top}>
          <h2>{s.timeline.title}</h2>
          <Switch
            size="xs"
            label={s.timeline.details}
            checked={details}
            onChange={(event) => setDetails(event.currentTarget.checked)}
          />
        </div>
        {events.isPending && <Loading />}
        {events.error && !events.data && <ErrorView error={events.error} retry={events.refetch} />}
        {chapters.map((chapter) => (
          <ChapterView key={chapter.attempt ?? 'before'} chapter={chapter} run={run} />
        ))}
      </section>
      <PlanView run={run} />
    </div>
  );
}

function ChapterView({ chapter, run }: { chapter: Chapter; run: RunDetail }) {
  const [whole, setWhole] = useState(false);
  const hidden = whole ? 0 : Math.max(0, chapter.lines.length - SHOWN);
  const attempt = run.attempts.find((one) => one.number === chapter.attempt);
  return (
    <section className={classes.chapter}>
      {chapter.attempt !== undefined && (
        <h3 className={classes.heading}>
          {s.timeline.attempt(chapter.attempt)} <Shown text={chapter.service ?? ''} longest={80} />
        </h3>
      )}
      {attempt?.cause && <Trouble problem={attempt.cause} />}
      {hidden > 0 && (
        <button type="button" className={classes.more} onClick={() => setWhole(true)}>
          {s.timeline.earlier(hidden)}
        </button>
      )}
      <ol className={classes.lines}>
        {chapter.lines.slice(hidden).map((line) => (
          <LineView key={line.earlier[0]?.seq ?? line.event.seq} line={line} />
        ))}
      </ol>
    </section>
  );
}

function LineView({ line }: { line: Line }) {
  const { event } = line;
  return (
    <li className={classes.line} data-tone={toneOf(event)}>
      <time dateTime={event.at} title={format.moment(event.at)} className={classes.time}>
        {clock(event.at)}
      </time>
      <span className={classes.dot} aria-hidden="true" />
      <div className={classes.what}>
        <Said event={event} />
        {line.earlier.length > 0 && (
          <span className={classes.soft}> {s.timeline.changes(line.earlier.length + 1)}</span>
        )}
      </div>
    </li>
  );
}

function Said({ event }: { event: Event }) {
  const said = s.timeline.event(event);
  return (
    <>
      <span>{said.text}</span>
      {said.name !== undefined && (
        <>
          {' '}
          <Shown text={said.name} longest={100} />
        </>
      )}
      {said.detail && (
        <p className={classes.detail}>
          <Shown text={said.detail} longest={400} />
        </p>
      )}
    </>
  );
}

function toneOf(event: Event): string | undefined {
  if (event.kind === 'outcome') return event.outcome;
  if (event.kind === 'attempt_ended' && event.cause) return 'failed';
  if (event.kind === 'attention') return 'waiting';
  return event.kind === 'waiting' ? 'waiting' : undefined;
}

const times = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const clock = (at: string) => times.format(new Date(at));
