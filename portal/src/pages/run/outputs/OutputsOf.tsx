import { useState } from 'react';
import type { Element, OutputFile, RunDetail } from '@/api/types';
import { runStrings as s } from '@/strings/run';
import { FileLook } from './FileLook';
import { FileTable, fileKey } from './FileTable';
import classes from './Outputs.module.css';

/** The files of one element, as its report names them. */
export function OutputsOf({ run, element }: { run: RunDetail; element: Element }) {
  const [chosen, setChosen] = useState<OutputFile>();
  // The ending of the name says what it is; the gateway's word for it is only in the list of the whole run.
  const files = (element.report?.outputs ?? []).map((file) => ({ ...file, element: element.index, media_type: '' }));
  if (files.length === 0) return <p className={classes.hint}>{s.outputs.none}</p>;
  const file = files.find((one) => chosen && fileKey(one) === fileKey(chosen));
  return (
    <div className={classes.stacked}>
      <FileTable run={run.id} files={files} withElement={false} chosen={file} onChoose={setChosen} />
      {file && <FileLook run={run.id} file={file} />}
    </div>
  );
}
