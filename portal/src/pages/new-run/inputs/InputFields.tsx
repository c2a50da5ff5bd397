import { Button, FileButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type DragEvent, useState } from 'react';
import type { IconName } from '@/parts/Icon';
import { Icon } from '@/parts/Icon';
import { newRunStrings } from '@/strings/new-run';
import { useField } from '../form/context';
import formClasses from '../form/Form.module.css';
import { RemoveButton, RowError, withoutItem } from '../form/OutputFields';
import { TextField } from '../form/TextField';
import { addressHasSecret } from '../request/secrets';
import { getIn } from '../request/value';
import classes from './Inputs.module.css';
import { RunPicker } from './RunPicker';
import { kindOf, nameOfAddress, withInputs } from './sources';
import { UploadRows } from './UploadRows';
import { type Uploads, uploadQuery } from './useUploads';

const s = newRunStrings.form.inputs;

export function InputFields({ uploads }: { uploads: Uploads }) {
  const { value, set, error, field } = useField(['inputs']);
  const [over, setOver] = useState(false);
  const [picking, setPicking] = useState(false);
  const inputs = Array.isArray(value) ? value : [];
  const add = (from: string) => set([...inputs, { from, to: '' }]);

  const drop = {
    onDragOver(event: DragEvent) {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) =>
      !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false),
    onDrop(event: DragEvent) {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      setOver(false);
      uploads.add(event.dataTransfer.files);
    },
  };

  return (
    <section className={formClasses.group} aria-label={s.title} data-over={over || undefined} {...drop}>
      <div className={formClasses.groupTop}>
        <h2 className={formClasses.groupTitle}>{s.title}</h2>
        <div className={classes.sources}>
          <FileButton multiple onChange={(files) => uploads.add(files)}>
            {(props) => (
              <Button {...props} size="xs" variant="default" leftSection={<Icon name="up" size={14} />}>
                {s.upload}
              </Button>
            )}
          </FileButton>
          <SourceButton icon="link" label={s.address} act={() => add('https://')} />
          <SourceButton icon="runs" label={s.run} act={() => setPicking(true)} />
          <SourceButton icon="file" label={s.path} act={() => add('file:/')} />
        </div>
      </div>
      {error && (
        <p className={formClasses.error} data-field={field} tabIndex={-1}>
          {error}
        </p>
      )}
      <UploadRows uploads={uploads} />
      {inputs.length === 0 && uploads.sendings.length === 0 && (
        <p className={formClasses.none}>{over ? s.drop : s.none}</p>
      )}
      {inputs.map((_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the gateway and the file name inputs by their place
        <InputRow key={i} i={i} remove={() => set(withoutItem(inputs, i))} />
      ))}
      <RunPicker opened={picking} close={() => setPicking(false)} add={(added) => set(withInputs(inputs, added))} />
    </section>
  );
}

function SourceButton({ icon, label, act }: { icon: IconName; label: string; act: () => void }) {
  return (
    <Button size="xs" variant="default" leftSection={<Icon name={icon} size={14} />} onClick={act}>
      {label}
    </Button>
  );
}

function InputRow({ i, remove }: { i: number; remove: () => void }) {
  const { value, set } = useField(['inputs', i]);
  const from = String(getIn(value, ['from']) ?? '');
  const to = String(getIn(value, ['to']) ?? '');
  const hasChecksum = getIn(value, ['checksum']) !== undefined;
  const kind = kindOf(from);
  // A name for what has none yet, offered where it would be typed.
  const suggested = kind === 'address' ? nameOfAddress(from) : from.split('/').at(-1);

  return (
    <fieldset className={formClasses.row} aria-label={s.row(i)} data-field={`inputs[${i}]`} tabIndex={-1}>
      <TextField
        path={['inputs', i, 'from']}
        label={s.from}
        hint={kind === 'path' ? s.pathHint : undefined}
        required
        mono
      />
      <div>
        <TextField
          path={['inputs', i, 'to']}
          label={s.to}
          hint={kind === 'path' ? s.toHint : undefined}
          required
          mono
        />
        {to === '' && suggested && (
          <button
            type="button"
            className={classes.suggestion}
            onClick={() => set({ ...(value as object), to: suggested })}
          >
            {suggested}
          </button>
        )}
      </div>
      <RemoveButton label={s.remove(i)} remove={remove} />
      <RowError field={['inputs', i]} />
      {kind === 'upload' && <UploadName id={from.slice('upload:'.length)} />}
      {addressHasSecret(from) && <p className={formClasses.warning}>{s.addressSecret}</p>}
      {hasChecksum ? (
        <div className={formClasses.wide}>
          <TextField path={['inputs', i, 'checksum']} label={s.checksum} hint={s.checksumHint} mono />
        </div>
      ) : (
        kind === 'address' && (
          <p>
            <button
              type="button"
              className={classes.suggestion}
              onClick={() => set({ ...(value as object), checksum: 'sha256:' })}
            >
              {s.addChecksum}
            </button>
          </p>
        )
      )}
    </fieldset>
  );
}

function UploadName({ id }: { id: string }) {
  const upload = useQuery({ ...uploadQuery(id), enabled: /^[0-9a-z_-]+$/i.test(id), retry: false });
  if (upload.isError) return <p className={formClasses.warning}>{s.uploadGone}</p>;
  if (!upload.data) return null;
  return (
    <p className={classes.about}>
      <bdi>{s.uploaded(upload.data.name, upload.data.bytes)}</bdi>
    </p>
  );
}
