// What a plan tells of what there is, to be suggested where one types.
import type { Plan } from '@/api/types';

const sorted = (all: Set<string>): string[] => [...all].filter(Boolean).sort((a, b) => a.localeCompare(b));

/** `ubuntu`, `ubuntu:22.04`. */
export function systemsIn(plan: Plan): string[] {
  const found = new Set<string>();
  for (const { image } of plan.offers) {
    if (!image?.system) continue;
    found.add(image.system.name);
    if (image.system.version) found.add(`${image.system.name}:${image.system.version}`);
  }
  for (const { reasons } of plan.rejections) {
    for (const reason of reasons) if (reason.reason === 'no_image') for (const system of reason.has) found.add(system);
  }
  return sorted(found);
}

export function acceleratorsIn(plan: Plan): string[] {
  const found = new Set<string>();
  for (const { size } of plan.offers) {
    const { vendor, model } = size.accelerator ?? {};
    found.add([vendor, model].filter(Boolean).join(' '));
  }
  for (const { reasons } of plan.rejections) {
    for (const reason of reasons)
      if (reason.reason === 'other_accelerator') for (const one of reason.has) found.add(one);
  }
  return sorted(found);
}
