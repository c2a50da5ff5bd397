import { NumberInput, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Element, RunDetail } from '@/api/types';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { elementQuery } from '../queries';
import { LogPane } from './LogPane';
import classes from './LogPane.module.css';
import type { Beginning } from './model';
import type { Stream } from './origin';

interface Props {
  run: RunDetail;
  element: number;
  stream: Stream | undefined;
  at: number | undefined;
  onStream(stream: Stream): void;
  onElement?(element: number): void;
}

/** The log of one element: which stream, and for an array which element. */
export function LogTab({ run, element, stream, at, onStream, onElement }: Props) {
  const about = useQuery(elementQuery(run.id, element, run.state === 'ended'));
  const chosen = stream ?? likely(about.data);
  // Before it is known which stream says more, nothing is opened: it would be closed at once.
  const isKnown = stream !== undefined || !about.isPending;
  const tries = about.data?.tries ?? 0;
  const choice = (
    <div className={classes.rest}>
      {onElement && (
        <NumberInput
          size="xs"
          w={140}
          min={0}
          max={run.elements.total - 1}
          value={element}
          aria-label={s.log.element}
          prefix={s.log.elementPrefix}
          onChange={(value) => {
            if (typeof value === 'number' && Number.isInteger(value) && value >= 0) onElement(value);
          }}
        />
      )}
      <SegmentedControl
        size="xs"
        value={chosen}
        aria-label={s.log.stream}
        onChange={(value) => onStream(value as Stream)}
        data={(['stdout', 'stderr'] as const).map((value) => ({ value, label: labelOf(value, about.data) }))}
      />
    </div>
  );
  if (!isKnown) return choice;
  return (
    <LogPane
      key={`${run.id} ${element} ${chosen} ${tries}`}
      name={{ run: run.id, element, stream: chosen }}
      beginning={at ?? beginningOf(about.data)}
      fileName={`${run.id}-${element}-${chosen}.log`}
    >
      {choice}
    </LogPane>
  );
}

/** What failed is usually said last; what is running is followed; what went well is read from its beginning. */
function beginningOf(element: Element | undefined): Beginning {
  return element?.state === 'ended' && element.outcome === 'done' ? 'start' : 'end';
}

/** Where there is something to read: what went wrong is said on the error stream. */
function likely(element: Element | undefined): Stream {
  const report = element?.report;
  if (!report) return 'stdout';
  const said = report.stderr?.bytes ?? 0;
  return said > 0 && (element.outcome !== 'done' || (report.stdout?.bytes ?? 0) === 0) ? 'stderr' : 'stdout';
}

function labelOf(stream: Stream, element: Element | undefined): string {
  const bytes = element?.report?.[stream]?.bytes;
  return bytes === undefined ? s.log.streams[stream] : s.log.streamBytes(s.log.streams[stream], format.bytes(bytes));
}
