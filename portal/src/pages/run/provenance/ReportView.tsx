import type { Element } from '@/api/types';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { CopyText } from '../CopyText';
import { Shown } from '../Shown';
import { Facts } from './Facts';
import classes from './Provenance.module.css';

/** What the pilot says about one executed element. */
export function ReportView({ element }: { element: Element }) {
  const { report } = element;
  if (!report) return <p className={classes.soft}>{s.provenance.noReport}</p>;
  const { usage } = report;
  return (
    <>
      <Facts
        facts={[
          [s.provenance.exit, exitOf(report.exit_code, report.signal)],
          [s.provenance.host, report.host],
          [s.provenance.isolation, report.isolation],
          [s.provenance.limits, report.limits],
          [s.provenance.pilot, report.pilot_version],
          [s.provenance.cpu, measured(usage?.cpu_millis, format.lasted)],
          [s.provenance.cores, coresOf(element)],
          [s.provenance.memory, measured(usage?.memory_peak_bytes, format.bytes)],
          [s.provenance.disk, measured(usage?.disk_peak_bytes, format.bytes)],
          [s.provenance.read, measured(usage?.read_bytes, format.bytes)],
          [s.provenance.written, measured(usage?.written_bytes, format.bytes)],
        ]}
      />
      <h3>{s.provenance.inputs}</h3>
      {(report.inputs ?? []).length === 0 && <p className={classes.soft}>{s.provenance.noInputs}</p>}
      {report.inputs?.map((input) => (
        <div key={input.to} className={classes.input}>
          <p>
            <Shown text={input.to} />
          </p>
          <p className={classes.soft}>
            <Shown text={s.provenance.from(input.from)} longest={200} />
          </p>
          <p className={classes.soft}>
            {format.bytes(input.bytes)}{' '}
            <CopyText text={input.sha256} short={s.outputs.sha(input.sha256.slice(0, 16))} what={s.outputs.checksum} />
          </p>
        </div>
      ))}
    </>
  );
}

function exitOf(code: number | null | undefined, signal: number | null | undefined): string {
  if (typeof signal === 'number') return s.provenance.signal(signal);
  return typeof code === 'number' ? s.provenance.code(code) : '';
}

/** What was not measured is absent; 0 is a measure. */
function measured(value: number | null | undefined, say: (value: number) => string): string {
  return typeof value === 'number' ? say(value) : s.provenance.notMeasured;
}

function coresOf(element: Element): string {
  const cpu = element.report?.usage?.cpu_millis;
  if (typeof cpu !== 'number' || !element.started_at || !element.ended_at) return s.provenance.notMeasured;
  const elapsed = new Date(element.ended_at).getTime() - new Date(element.started_at).getTime();
  return elapsed > 0 ? s.provenance.busy(cpu / elapsed) : s.provenance.notMeasured;
}
