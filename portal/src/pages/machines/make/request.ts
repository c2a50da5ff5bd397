// What is asked for, of what was wished for and said besides. Nothing is asked here.
import type { MachineWish, RunRequest } from '@/api/types';
import { machinesStrings } from '@/strings/machines';
import { readSpan } from '../../new-run/request/lengths';
import type { Wish } from '../../offers/wish';
import { isOpening } from '../reach';

const s = machinesStrings.form;

/** As it is typed; what is not there is left to the gateway. */
export interface More {
  name?: string;
  open?: string;
  keys?: string[];
  recipe?: string;
  lifetime?: string;
  wait_for_offer?: string;
  cloud_init?: string;
  pilot?: boolean;
}

const portsIn = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);

export function mistakesOf({ open = '', lifetime, wait_for_offer }: More): Record<string, string> {
  const wrong = portsIn(open).filter((port) => !isOpening(port));
  const isWrong = (span: string | undefined) => span !== undefined && readSpan(span) === undefined;
  return {
    ...(wrong.length > 0 ? { open: s.portsWrong(wrong) } : {}),
    ...(isWrong(lifetime) ? { lifetime: s.span } : {}),
    ...(isWrong(wait_for_offer) ? { wait_for_offer: s.span } : {}),
  };
}

/** Of a wish without mistakes. */
export function requestOf(wish: Wish, more: More): RunRequest {
  const { cores, memory, disk, accelerators, accelerator, accelerator_memory, os, image } = wish;
  const { site, service, project, community } = wish;
  const { name, open, keys, recipe, lifetime, wait_for_offer, cloud_init, pilot } = more;
  const describes = accelerator !== undefined || accelerator_memory !== undefined;
  const machine: MachineWish = given({
    // One image is more than its system says.
    os: image === undefined ? os : undefined,
    image,
    public: wish.public === 'true' || undefined,
    accelerator,
    accelerator_memory,
    open: open === undefined ? undefined : portsIn(open),
    keys,
    recipe,
    lifetime,
    wait_for_offer,
    cloud_init,
    pilot,
  });
  const resources = given({
    cores: cores === undefined ? undefined : Number(cores),
    memory,
    disk,
    // A model alone means one of it, as for offers.
    accelerators: accelerators !== undefined ? Number(accelerators) : describes ? 1 : undefined,
  });
  const where = given({ site, service, project, community });
  return {
    kind: 'machine',
    ...given({ name: name?.trim() || undefined }),
    resources: resources as NonNullable<RunRequest['resources']>,
    machine,
    where,
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function given<T extends object>(all: T): Given<T> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Given<T>;
}
