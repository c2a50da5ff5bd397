import { Button, TextInput } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useSearch } from 'wouter';
import type { Problem, Rule } from '@/api/types';
import { Icon, type IconName } from '@/parts/Icon';
import { Card, Empty } from '@/parts/Page';
import { format } from '@/strings';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import admins from '../Admin.module.css';
import type { Issuer } from './issuer';
import classes from './Mapping.module.css';
import { mentions, nameOf, textOf } from './rules';

const s = admin.mapping;
/** From so many on there is a box to find one. */
const MANY = 10;
/** More are shown when somebody asks. */
const AT_ONCE = 200;

interface Props {
  rules: Rule[];
  /** What one began with: the others are new. */
  base: Rule[];
  issuers: Issuer[];
  fields: NonNullable<Problem['fields']>;
  onEdit(index: number): void;
  onCopy(index: number): void;
  onRemove(index: number): void;
}

export function RuleTable({ rules, base, issuers, fields, onEdit, onCopy, onRemove }: Props) {
  const [part, setPart] = useState('');
  const [all, setAll] = useState(false);
  const pointed = new URLSearchParams(useSearch()).get('rule');
  const old = new Set(base.map(textOf));
  const wanted = part.trim().toLowerCase();
  const found = rules.map((rule, index) => ({ rule, index })).filter(({ rule }) => mentions(rule, wanted));
  const shown = all || pointed ? found : found.slice(0, AT_ONCE);
  const titles = new Map(issuers.map((issuer) => [issuer.url, issuer.title]));
  if (rules.length === 0) return <Empty title={s.emptyTitle} text={s.emptyText} />;
  return (
    <>
      {rules.length >= MANY && (
        <div className={admins.toolbar}>
          <TextInput
            label={s.filter}
            placeholder={s.filterHint}
            value={part}
            onChange={(event) => setPart(event.currentTarget.value)}
            leftSection={<Icon name="search" size={16} />}
            className={admins.search}
          />
        </div>
      )}
      {found.length === 0 && <p className={admins.nothing}>{s.none}</p>}
      {found.length > 0 && (
        <Card flush>
          <table className={classes.rules}>
            <thead>
              <tr>
                {Object.entries(s.columns).map(([name, label]) => (
                  <th key={name} scope="col">
                    {label}
                  </th>
                ))}
                <td />
              </tr>
            </thead>
            <tbody>
              {shown.map(({ rule, index }) => (
                <Row
                  key={`${index} ${textOf(rule)}`}
                  rule={rule}
                  index={index}
                  isNew={!old.has(textOf(rule))}
                  isPointed={pointed === String(index)}
                  titles={titles}
                  mistakes={fields
                    .filter(({ field }) => field.startsWith(`rules[${index}]`))
                    .map(({ detail }) => detail)}
                  onEdit={onEdit}
                  onCopy={onCopy}
                  onRemove={onRemove}
                />
              ))}
            </tbody>
          </table>
        </Card>
      )}
      {shown.length < found.length && (
        <p className={admins.small}>
          {s.shown(shown.length, found.length)}{' '}
          <Button size="compact-sm" variant="subtle" onClick={() => setAll(true)}>
            {s.showAll}
          </Button>
        </p>
      )}
    </>
  );
}

interface RowProps extends Pick<Props, 'onEdit' | 'onCopy' | 'onRemove'> {
  rule: Rule;
  index: number;
  isNew: boolean;
  isPointed: boolean;
  titles: Map<string, string>;
  mistakes: string[];
}

function Row({ rule, index, isNew, isPointed, titles, mistakes, onEdit, onCopy, onRemove }: RowProps) {
  const place = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (isPointed) place.current?.scrollIntoView({ block: 'center' });
  }, [isPointed]);
  const { issuer, claim, group, role, authority = 'any', gives } = rule;
  const c = s.columns;
  return (
    <tr ref={place} data-new={isNew || undefined} data-pointed={isPointed || undefined}>
      <th scope="row">
        {format.number(index)}
        {isNew && <span className={classes.new}>{s.new}</span>}
      </th>
      <td data-label={c.issuer} title={typeof issuer === 'object' ? issuer.exactly : undefined}>
        {typeof issuer === 'object' ? (
          <Shown text={titles.get(issuer.exactly) ?? issuer.exactly} longest={60} />
        ) : (
          <Any />
        )}
      </td>
      <td data-label={c.claim}>{claim}</td>
      <td data-label={c.group}>
        <code>
          <Shown text={nameOf(group)} longest={120} />
        </code>
        {'with_subgroups' in group && <span className={admins.small}> {s.subgroups}</span>}
      </td>
      <td data-label={c.role}>
        {typeof role === 'object' ? <Shown text={role.exactly} longest={40} /> : role === 'none' ? s.noRole : <Any />}
      </td>
      <td data-label={c.authority}>
        {typeof authority === 'object' ? <Shown text={authority.exactly} longest={40} /> : <Any />}
      </td>
      <td data-label={c.gives}>
        <Gives gives={gives} />
        {mistakes.map((mistake) => (
          <p key={mistake} className={classes.mistake}>
            {mistake}
          </p>
        ))}
      </td>
      <td className={classes.acts}>
        <Act icon="edit" label={s.edit(index)} onClick={() => onEdit(index)} />
        <Act icon="copy" label={s.copy(index)} onClick={() => onCopy(index)} />
        <Act icon="cross" label={s.remove(index)} onClick={() => onRemove(index)} />
      </td>
    </tr>
  );
}

const Any = () => <span className={admins.soft}>{s.any}</span>;

export function Gives({ gives }: { gives: Rule['gives'] }) {
  if (gives === 'administrator') return <strong>{s.gives.administrator}</strong>;
  const isMember = 'member_of' in gives;
  return (
    <>
      {isMember ? s.gives.member_of : s.gives.manager_of}{' '}
      <strong>
        <Shown text={isMember ? gives.member_of : gives.manager_of} longest={60} />
      </strong>
    </>
  );
}

function Act({ icon, label, onClick }: { icon: IconName; label: string; onClick(): void }) {
  return (
    <button type="button" className={classes.act} aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} size={16} />
    </button>
  );
}
