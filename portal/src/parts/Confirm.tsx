import { Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Dialog } from './Dialog';
import { ErrorView } from './ProblemView';

interface Props {
  title: string;
  text: string;
  keep: string;
  act: string;
  /** Resolves when it is done; what it throws is shown, and the dialog stays. */
  doIt(): Promise<unknown>;
  onClose(): void;
}

/** Asks before something is taken away. */
export function Confirm({ title, text, keep, act, doIt, onClose }: Props) {
  const acting = useMutation({ mutationFn: doIt, onSuccess: onClose });
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      {acting.error && <ErrorView error={acting.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {keep}
        </Button>
        <Button color="buoy" loading={acting.isPending} onClick={() => acting.mutate()}>
          {act}
        </Button>
      </Group>
    </Dialog>
  );
}
