import { useQuery } from '@tanstack/react-query';
import type { Receipt, RunDetail } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { receiptQuery } from '../queries';
import { Shown } from '../Shown';
import classes from './Provenance.module.css';

function life({ asked_at: asked, created_at: created, released_at: released }: Receipt['items'][number]): string {
  const { moment } = format;
  if (!created && !released) return asked ? s.receipt.asked(moment(asked)) : s.receipt.planned;
  return `${created ? s.receipt.created(moment(created)) : s.receipt.neverCreated} ${released ? s.receipt.gone(moment(released)) : s.receipt.there}`;
}

/** What was created for the run at its service, and that it is gone. */
export function ReceiptView({ run }: { run: RunDetail }) {
  const receipt = useQuery(receiptQuery(run.id, run.state));
  return (
    <Section title={s.receipt.title}>
      {receipt.isPending && <Loading />}
      {receipt.error && <ErrorView error={receipt.error} retry={receipt.refetch} />}
      {receipt.data && (
        <Card>
          <p className={classes.verdict} data-released={receipt.data.released}>
            {receipt.data.items.length === 0
              ? s.receipt.nothing
              : receipt.data.released
                ? s.receipt.released
                : run.kind === 'machine' && !run.outcome
                  ? s.receipt.standing
                  : s.receipt.held}
          </p>
          {receipt.data.items.map((item) => (
            <div key={`${item.attempt} ${item.kind} ${item.name}`} className={classes.thing}>
              <p>
                <strong>
                  <Shown text={item.kind} />
                </strong>{' '}
                <Shown text={item.name} /> <span className={classes.soft}>{s.receipt.at(item.service)}</span>
              </p>
              <p className={classes.soft}>{life(item)}</p>
              {item.evidence && (
                <p className={classes.soft}>
                  <Shown text={item.evidence} longest={300} />
                </p>
              )}
            </div>
          ))}
        </Card>
      )}
    </Section>
  );
}
