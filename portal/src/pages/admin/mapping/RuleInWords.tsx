import type { Rule } from '@/api/types';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import { nameOf } from './rules';

const s = admin.communities;

/** To whom a rule gives something: "in astro or a group within it, with the role member, …" */
export function RuleInWords({ rule, titles }: { rule: Rule; titles: Map<string, string> }) {
  const { issuer, group, role, authority = 'any' } = rule;
  return (
    <span>
      {s.inGroup}{' '}
      <code>
        <Shown text={nameOf(group)} />
      </code>{' '}
      {'with_subgroups' in group && `${s.withSubgroups} `}
      {role === 'none' && `${s.withoutRole} `}
      {typeof role === 'object' && (
        <>
          {s.withRole}{' '}
          <code>
            <Shown text={role.exactly} />
          </code>{' '}
        </>
      )}
      {typeof authority === 'object' && (
        <>
          {s.authority}{' '}
          <code>
            <Shown text={authority.exactly} />
          </code>{' '}
        </>
      )}
      {s.claim} <code>{rule.claim}</code> {s.by}{' '}
      {typeof issuer === 'object' ? <Shown text={titles.get(issuer.exactly) ?? issuer.exactly} /> : s.anybody}
    </span>
  );
}
