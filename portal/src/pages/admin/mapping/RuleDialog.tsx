import { Button, Checkbox, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useId, useState } from 'react';
import type { Rule } from '@/api/types';
import { Dialog } from '@/parts/Dialog';
import { admin } from '@/strings/admin';
import admins from '../Admin.module.css';
import { KINDS, type Kind } from './claims';
import type { Issuer } from './issuer';
import { nameOf } from './rules';

const s = admin.rule;
type GivesKind = keyof typeof s.givesKinds;

interface Props {
  /** Of the rule that is changed; absent for a new one. */
  index: number | undefined;
  rule: Rule | undefined;
  issuers: Issuer[];
  onClose(): void;
  onTake(rule: Rule): void;
}

/** As it is typed: what does not count just now is kept, so that going there and back loses nothing. */
interface Typed {
  issuer: string;
  anyIssuer: boolean;
  claim: Kind;
  group: string;
  subgroups: boolean;
  role: 'any' | 'none' | 'exactly';
  roleName: string;
  authority: 'any' | 'exactly';
  authorityName: string;
  gives: GivesKind;
  community: string;
}

function typedOf(rule: Rule | undefined, issuers: Issuer[]): Typed {
  const [only, ...others] = issuers;
  const start: Typed = {
    issuer: only && others.length === 0 ? only.url : '',
    anyIssuer: false,
    claim: 'entitlements',
    group: '',
    subgroups: false,
    role: 'any',
    roleName: '',
    authority: 'any',
    authorityName: '',
    gives: 'member_of',
    community: '',
  };
  if (!rule) return start;
  const { issuer, claim, group, role, authority = 'any', gives } = rule;
  return {
    ...start,
    ...(typeof issuer === 'object' ? { issuer: issuer.exactly } : { anyIssuer: true }),
    claim,
    group: nameOf(group),
    subgroups: 'with_subgroups' in group,
    ...(typeof role === 'object' ? { role: 'exactly', roleName: role.exactly } : { role }),
    ...(typeof authority === 'object' ? { authority: 'exactly', authorityName: authority.exactly } : {}),
    ...(typeof gives === 'string'
      ? { gives }
      : 'member_of' in gives
        ? { gives: 'member_of', community: gives.member_of }
        : { gives: 'manager_of', community: gives.manager_of }),
  };
}

function ruleOf(typed: Typed): Rule {
  const { claim, gives } = typed;
  const [group, community] = [typed.group.trim(), typed.community.trim()];
  return {
    issuer: typed.anyIssuer ? 'any' : { exactly: typed.issuer.trim() },
    claim,
    group: typed.subgroups ? { with_subgroups: group } : { exactly: group },
    role: typed.role === 'exactly' ? { exactly: typed.roleName.trim() } : typed.role,
    authority: typed.authority === 'exactly' ? { exactly: typed.authorityName.trim() } : 'any',
    gives:
      gives === 'administrator' ? gives : gives === 'member_of' ? { member_of: community } : { manager_of: community },
  };
}

const optionsOf = <T extends string>(labels: Record<T, string>) =>
  (Object.keys(labels) as T[]).map((value) => ({ value, label: labels[value] }));

/** One rule as a form. Whether its names can be used is the gateway's to say, when the mapping is saved. */
export function RuleDialog({ index, rule, issuers, onClose, onTake }: Props) {
  const [typed, setTyped] = useState(() => typedOf(rule, issuers));
  const known = useId();
  const set = <K extends keyof Typed>(key: K, value: Typed[K]) => setTyped((now) => ({ ...now, [key]: value }));
  const isWide = typed.gives !== 'member_of' && (typed.anyIssuer || typed.subgroups);
  function submit(event: FormEvent): void {
    event.preventDefault();
    onTake(ruleOf(typed));
  }
  return (
    <Dialog title={index === undefined ? s.addTitle : s.editTitle(index)} onClose={onClose}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <p className={admins.nothing}>{s.lead}</p>
          <Stack gap="xs">
            <TextInput
              label={s.issuer}
              description={s.issuerHint}
              value={typed.issuer}
              list={known}
              disabled={typed.anyIssuer}
              required={!typed.anyIssuer}
              data-autofocus
              onChange={(event) => set('issuer', event.currentTarget.value)}
            />
            <datalist id={known}>
              {issuers.map((issuer) => (
                <option key={issuer.url} value={issuer.url}>
                  {issuer.title}
                </option>
              ))}
            </datalist>
            <Checkbox
              label={s.anyIssuer}
              description={s.anyIssuerHint}
              checked={typed.anyIssuer}
              onChange={(event) => set('anyIssuer', event.currentTarget.checked)}
            />
          </Stack>
          <NativeSelect
            label={s.claim}
            data={[...KINDS]}
            value={typed.claim}
            onChange={(event) => set('claim', event.currentTarget.value as Kind)}
          />
          <Stack gap="xs">
            <TextInput
              label={s.group}
              description={s.groupHints[typed.claim]}
              value={typed.group}
              required
              onChange={(event) => set('group', event.currentTarget.value)}
            />
            <Checkbox
              label={s.subgroups}
              checked={typed.subgroups}
              onChange={(event) => set('subgroups', event.currentTarget.checked)}
            />
          </Stack>
          <Group grow align="end">
            <NativeSelect
              label={s.role}
              data={optionsOf(s.roles)}
              value={typed.role}
              onChange={(event) => set('role', event.currentTarget.value as Typed['role'])}
            />
            {typed.role === 'exactly' && (
              <TextInput
                label={s.roleName}
                value={typed.roleName}
                required
                onChange={(event) => set('roleName', event.currentTarget.value)}
              />
            )}
          </Group>
          <Group grow align="end">
            <NativeSelect
              label={s.authority}
              data={optionsOf(s.authorities)}
              value={typed.authority}
              onChange={(event) => set('authority', event.currentTarget.value as Typed['authority'])}
            />
            {typed.authority === 'exactly' && (
              <TextInput
                label={s.authorityName}
                value={typed.authorityName}
                required
                onChange={(event) => set('authorityName', event.currentTarget.value)}
              />
            )}
          </Group>
          <NativeSelect
            label={s.gives}
            data={optionsOf(s.givesKinds)}
            value={typed.gives}
            onChange={(event) => set('gives', event.currentTarget.value as GivesKind)}
          />
          {typed.gives !== 'administrator' && (
            <TextInput
              label={s.community}
              description={s.communityHint}
              value={typed.community}
              required
              onChange={(event) => set('community', event.currentTarget.value)}
            />
          )}
          {isWide && (
            <p role="alert" className={admins.warning}>
              {s.wide}
            </p>
          )}
          <p className={admins.small}>{s.takeHint}</p>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {s.cancel}
            </Button>
            <Button type="submit">{s.take}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
