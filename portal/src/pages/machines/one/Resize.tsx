import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Dialog } from '@/parts/Dialog';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { sizesQuery } from '../queries';
import { FormEnd } from './FormEnd';
import type { useDeed } from './useDeeds';

const s = machinesStrings.deeds;

interface Props {
  id: string;
  deed: ReturnType<typeof useDeed>;
  onClose(): void;
}

/** Another size, of those that the machine could have now. */
export function Resize({ id, deed, onClose }: Props) {
  const sizes = useQuery(sizesQuery(id));
  const [chosen, setChosen] = useState<string>();
  const form = useId();
  const items = sizes.data?.items ?? [];
  const size = chosen ?? items[0]?.name;
  return (
    <Dialog title={s.resizeTitle} onClose={onClose}>
      {sizes.isPending && <Loading />}
      {sizes.error && <ErrorView error={sizes.error} retry={sizes.refetch} />}
      {sizes.data && <p>{items.length > 0 ? s.resizeText(sizes.data.has.name) : s.resizeNone}</p>}
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (size) deed.mutate({ do: 'resize', size }, { onSuccess: onClose });
        }}
      >
        {items.length > 0 && (
          <NativeSelect
            label={s.size}
            value={size}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={items.map(({ name, cores, memory, disk, from_volume: fromVolume }) => ({
              value: name,
              label: s.sized(name, cores, memory, fromVolume ? s.fromVolume : disk),
            }))}
            data-autofocus
          />
        )}
        <FormEnd deed={deed} act={s.resize} disabled={!size} onClose={onClose} />
      </form>
    </Dialog>
  );
}
