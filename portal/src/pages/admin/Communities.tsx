import { Button, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { issuersQuery } from '@/api/queries';
import type { Rule } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Card, Empty, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import classes from './Admin.module.css';
import { RuleInWords } from './mapping/RuleInWords';
import { mappingQuery } from './queries';

const s = admin.communities;
/** From so many on there is a box to look for one. */
const MANY = 8;

interface Numbered {
  rule: Rule;
  index: number;
}

interface Community {
  name: string;
  members: Numbered[];
  managers: Numbered[];
}

/** The mapping read the other way round: not what a group gives, but who gives a community. */
function read(rules: Rule[]): { communities: Community[]; administrators: Numbered[] } {
  const byName = new Map<string, Community>();
  const administrators: Numbered[] = [];
  rules.forEach((rule, index) => {
    const { gives } = rule;
    if (gives === 'administrator') {
      administrators.push({ rule, index });
      return;
    }
    const isMember = 'member_of' in gives;
    const name = isMember ? gives.member_of : gives.manager_of;
    const community = byName.get(name) ?? { name, members: [], managers: [] };
    (isMember ? community.members : community.managers).push({ rule, index });
    byName.set(name, community);
  });
  return { communities: [...byName.values()].sort((a, b) => a.name.localeCompare(b.name)), administrators };
}

export default function CommunitiesPart() {
  const mapping = useQuery(mappingQuery);
  const issuers = useQuery(issuersQuery);
  const [part, setPart] = useState('');
  const titles = new Map((issuers.data?.items ?? []).map((one) => [one.url, one.title]));
  const rules = mapping.data?.table.rules;
  const { communities, administrators } = useMemo(() => read(rules ?? []), [rules]);
  if (mapping.isPending) return <Loading />;
  if (!mapping.data) return <ErrorView error={mapping.error} retry={mapping.refetch} />;
  const shown = communities.filter(({ name }) => name.toLowerCase().includes(part.trim().toLowerCase()));
  return (
    <>
      <p className={classes.lead}>{s.lead}</p>
      <div className={classes.toolbar}>
        {communities.length >= MANY && (
          <TextInput
            label={s.filter}
            placeholder={s.filterHint}
            value={part}
            onChange={(event) => setPart(event.currentTarget.value)}
            className={classes.search}
          />
        )}
        <Button component={Link} to="/admin/mapping" variant="default">
          {communities.length === 0 ? s.emptyAct : s.edit}
        </Button>
      </div>
      {communities.length === 0 && <Empty title={s.emptyTitle} text={s.emptyText} />}
      {communities.length > 0 && shown.length === 0 && <p className={classes.nothing}>{s.none}</p>}
      {shown.map(({ name, members, managers }) => (
        <Section key={name} title={<bdi>{name}</bdi>}>
          <Card>
            <Given title={s.members} rules={members} none={s.noMembers} titles={titles} />
            <Given title={s.managers} rules={managers} none={s.noManagers} titles={titles} />
          </Card>
        </Section>
      ))}
      <Section title={s.administrators}>
        <Card>
          <Given rules={administrators} none={s.noAdministrators} titles={titles} />
        </Card>
      </Section>
    </>
  );
}

interface GivenProps {
  title?: string;
  rules: Numbered[];
  none: string;
  titles: Map<string, string>;
}

function Given({ title, rules, none, titles }: GivenProps) {
  return (
    <div className={classes.given}>
      {title && <h3>{title}</h3>}
      {rules.length === 0 ? (
        <p className={classes.nothing}>{none}</p>
      ) : (
        <ul>
          {rules.map(({ rule, index }) => (
            <li key={index}>
              <RuleInWords rule={rule} titles={titles} />{' '}
              <Link to={`/admin/mapping?rule=${index}`} className={classes.small}>
                {s.rule(index)}
              </Link>
              {rule.issuer === 'any' && <p className={classes.warning}>{s.anyIssuer}</p>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
