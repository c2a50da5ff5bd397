// Rules as they are compared and put together. The table is a set: order says nothing, and equal rules are one.
import type { Rule } from '@/api/types';

export const nameOf = (group: Rule['group']): string => ('exactly' in group ? group.exactly : group.with_subgroups);

/** What a rule says, as one text: equal rules have equal texts, however their fields are ordered. */
export function textOf({ issuer, claim, group, role, authority, gives }: Rule): string {
  return JSON.stringify([issuer, claim, group, role, authority ?? 'any', gives]);
}

export interface Change {
  added: Rule[];
  removed: Rule[];
}

export function changeOf(before: Rule[], after: Rule[]): Change {
  const [old, now] = [new Set(before.map(textOf)), new Set(after.map(textOf))];
  return {
    added: after.filter((rule) => !old.has(textOf(rule))),
    removed: before.filter((rule) => !now.has(textOf(rule))),
  };
}

export const isChange = ({ added, removed }: Change): boolean => added.length + removed.length > 0;

/** Somebody else's rules with one's own change in them. */
export function withChange(theirs: Rule[], { added, removed }: Change): Rule[] {
  const gone = new Set(removed.map(textOf));
  const kept = theirs.filter((rule) => !gone.has(textOf(rule)));
  const there = new Set(kept.map(textOf));
  return [...kept, ...added.filter((rule) => !there.has(textOf(rule)))];
}

/** Whether a part of any field is this. */
export function mentions(rule: Rule, part: string): boolean {
  return textOf(rule).toLowerCase().includes(part);
}
