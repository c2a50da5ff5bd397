import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { apiUrl } from '@/api/client';
import type { RunDetail } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { languageOf } from '@/parts/workflow';
import { format } from '@/strings';
import { runStrings as s } from '@/strings/run';
import { workflowStrings } from '@/strings/workflow';
import { elementQuery } from '../queries';
import { Shown } from '../Shown';
import { Facts } from './Facts';
import { Held } from './Held';
import classes from './Provenance.module.css';
import { ReceiptView } from './ReceiptView';
import { ReportView } from './ReportView';

/** What was asked for, what was really done, and what is left of it at the service. */
export function ProvenanceTab({ run }: { run: RunDetail }) {
  const isSingle = run.elements.total === 1;
  const element = useQuery({ ...elementQuery(run.id, 0, run.state === 'ended'), enabled: isSingle });
  return (
    <div className={classes.tab}>
      <Section
        title={s.provenance.request}
        aside={
          <Button
            component="a"
            size="xs"
            variant="default"
            href={apiUrl(`runs/${run.id}/crate`).href}
            download
            data-disabled={run.state !== 'ended'}
            aria-disabled={run.state !== 'ended'}
            {...(run.state !== 'ended' && { title: s.provenance.crateLater })}
            onClick={(event) => {
              if (run.state !== 'ended') event.preventDefault();
            }}
            leftSection={<Icon name="down" size={14} />}
          >
            {s.provenance.crate}
          </Button>
        }
      >
        <Card>
          <Request run={run} />
        </Card>
      </Section>
      <Section title={s.provenance.executed}>
        <Card>
          {!isSingle && <p className={classes.soft}>{s.provenance.perElement}</p>}
          {isSingle && element.isPending && <Loading />}
          {element.error && <ErrorView error={element.error} retry={element.refetch} />}
          {isSingle && element.data && <ReportView element={element.data} />}
        </Card>
      </Section>
      <Held run={run} />
      <ReceiptView run={run} />
    </div>
  );
}

function Request({ run }: { run: RunDetail }) {
  const { request } = run;
  const { resources, container, workflow } = request;
  const environment = Object.entries(request.env ?? {});
  return (
    <>
      {request.command && <Command words={request.command} label={s.provenance.command} />}
      {container?.command && container.command.length > 0 && (
        <Command words={container.command} label={s.provenance.containerCommand} />
      )}
      <Facts
        facts={[
          [s.provenance.workflow, workflow ? workflowOf(workflow) : ''],
          [s.provenance.image, container?.image ?? ''],
          [s.provenance.service, run.service ?? ''],
          [s.provenance.array, request.array ? format.number(request.array.count) : ''],
          [s.provenance.askedCores, resources?.cores === undefined ? '' : format.number(resources.cores)],
          [s.provenance.askedMemory, resources?.memory ?? ''],
          [s.provenance.askedDisk, resources?.disk ?? ''],
          [s.provenance.walltime, resources?.walltime ?? ''],
          [s.provenance.accelerators, resources?.accelerators ? format.number(resources.accelerators) : ''],
          [s.provenance.retries, request.retries ? format.number(request.retries) : ''],
          [s.provenance.after, request.after && request.after.length > 0 ? format.list(request.after) : ''],
        ]}
      />
      {(request.inputs ?? []).length > 0 && <h3>{s.provenance.inputs}</h3>}
      {request.inputs?.map((input) => (
        <p key={input.to} className={classes.input}>
          <Shown text={input.to} /> <span className={classes.soft}>{s.provenance.fromSign}</span>{' '}
          <Shown text={input.from} />
        </p>
      ))}
      {environment.length > 0 && <h3>{s.provenance.environment}</h3>}
      {environment.map(([name, value]) => (
        <p key={name} className={classes.variable}>
          <Shown text={`${name}=${value}`} longest={300} />
        </p>
      ))}
    </>
  );
}

function workflowOf(workflow: NonNullable<RunDetail['request']['workflow']>): string {
  const language = workflow.language ?? languageOf(workflow.file);
  return s.provenance.workflowFile(workflow.file, language && workflowStrings.languages[language]);
}

/** Word for word: no shell reads it, so blanks and quotes within a word are the word's own. */
function Command({ words, label }: { words: string[]; label: string }) {
  return (
    <section className={classes.command} aria-label={label}>
      {words.slice(0, 200).map((word, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: words have no identity but their place
        <code key={index} className={classes.word}>
          <Shown text={word} longest={400} lines />
        </code>
      ))}
      {words.length > 200 && <span className={classes.soft}>{s.provenance.moreWords(words.length - 200)}</span>}
    </section>
  );
}
