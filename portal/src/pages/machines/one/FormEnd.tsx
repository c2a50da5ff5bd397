import { Button } from '@mantine/core';
import { ErrorView } from '@/parts/ProblemView';
import { strings } from '@/strings';
import classes from './One.module.css';
import type { useDeed } from './useDeeds';

interface Props {
  deed: ReturnType<typeof useDeed>;
  act: string;
  disabled: boolean;
  onClose(): void;
}

/** The end of a form that asks for a deed: why it was refused, and the buttons. */
export function FormEnd({ deed, act, disabled, onClose }: Props) {
  return (
    <>
      {deed.error && <ErrorView error={deed.error} />}
      <div className={classes.buttons}>
        <Button variant="default" onClick={onClose}>
          {strings.actions.cancel}
        </Button>
        <Button type="submit" loading={deed.isPending} disabled={disabled}>
          {act}
        </Button>
      </div>
    </>
  );
}
