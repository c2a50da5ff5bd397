import { Button, Progress } from '@mantine/core';
import { ProblemView } from '@/parts/ProblemView';
import { newRunStrings } from '@/strings/new-run';
import { RemoveButton } from '../form/OutputFields';
import classes from './Inputs.module.css';
import type { Sending, Uploads } from './useUploads';

const s = newRunStrings.form.uploads;

/** Files on their way. */
export function UploadRows({ uploads }: { uploads: Uploads }) {
  if (uploads.sendings.length === 0) return null;
  return (
    <ul className={classes.uploads} aria-label={s.list}>
      {uploads.sendings.map((sending) => (
        <li key={sending.id}>
          {sending.problem ? (
            <ProblemView problem={sending.problem}>
              <Button size="xs" variant="default" mt="xs" onClick={() => uploads.retry(sending.id)}>
                {s.resume}
              </Button>
            </ProblemView>
          ) : (
            <UploadProgress sending={sending} />
          )}
          <RemoveButton label={s.cancel(sending.file.name)} remove={() => uploads.cancel(sending.id)} />
        </li>
      ))}
    </ul>
  );
}

function UploadProgress({ sending: { file, stage } }: { sending: Sending }) {
  const done = 'done' in stage ? stage.done : stage.is === 'checking' ? file.size : 0;
  const share = file.size === 0 ? 100 : (done / file.size) * 100;
  return (
    <div className={classes.upload}>
      <p className={classes.uploadName}>
        <bdi>{s[stage.is](file.name)}</bdi>
        <span>{s.progress(done, file.size)}</span>
      </p>
      <Progress value={share} aria-label={file.name} striped={stage.is === 'hashing'} />
    </div>
  );
}
