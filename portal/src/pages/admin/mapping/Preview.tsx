import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { answer, api } from '@/api/client';
import type { Rule } from '@/api/types';
import { Card, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import { type Claims, KINDS, type Kind, readClaims } from './claims';
import { GrantedView } from './GrantedView';
import type { Issuer } from './issuer';
import classes from './Mapping.module.css';

const s = admin.preview;

interface Props {
  issuers: Issuer[];
  /** The rules as they are being edited, when they differ from those in force. */
  changed: Rule[] | undefined;
}

/** The question that people ask most. It is asked by a button: each question is written into the audit. */
export function Preview({ issuers, changed }: Props) {
  const [pasted, setPasted] = useState('');
  const [issuer, setIssuer] = useState('');
  const [kind, setKind] = useState<Kind>();
  const [table, setTable] = useState<'draft' | 'force'>('draft');
  const [wrong, setWrong] = useState<string>();
  const known = useId();
  const claims = readClaims(pasted);
  const [only, ...others] = issuers;
  const fallback = only && others.length === 0 ? only.url : '';
  const by = issuer.trim() || (claims.is === 'claims' ? (claims.issuer ?? fallback) : fallback);
  const rules = table === 'draft' ? changed : undefined;
  const question = JSON.stringify([pasted, by, kind, rules]);
  const ask = useMutation({
    mutationFn: async () => {
      const body = { issuer: by, claims: claimsOf(claims, kind), ...(rules ? { table: { rules } } : {}) };
      return { question, granted: await answer(api.POST('/api/v1/admin/mapping/preview', { body })) };
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    const mistake = mistakeOf(claims) ?? (by === '' ? s.noIssuer : undefined);
    setWrong(mistake);
    if (mistake === undefined) ask.mutate();
  }

  return (
    <Section title={s.title}>
      <Card>
        <div className={classes.preview}>
          <form className={classes.ask} onSubmit={submit}>
            <Textarea
              label={s.paste}
              description={s.pasteHint}
              value={pasted}
              rows={7}
              spellCheck={false}
              autoComplete="off"
              error={wrong}
              onChange={(event) => {
                setPasted(event.currentTarget.value);
                setWrong(undefined);
              }}
            />
            {claims.is === 'lines' && (
              <NativeSelect
                label={s.lines}
                data={[...KINDS]}
                value={kind ?? claims.likely}
                onChange={(event) => setKind(event.currentTarget.value as Kind)}
              />
            )}
            <TextInput
              label={s.issuer}
              description={s.issuerHint}
              placeholder={by}
              value={issuer}
              list={known}
              onChange={(event) => setIssuer(event.currentTarget.value)}
            />
            <datalist id={known}>
              {issuers.map(({ url, title }) => (
                <option key={url} value={url}>
                  {title}
                </option>
              ))}
            </datalist>
            {changed && (
              <NativeSelect
                label={s.with}
                data={[
                  { value: 'draft', label: s.draft },
                  { value: 'force', label: s.force },
                ]}
                value={table}
                onChange={(event) => setTable(event.currentTarget.value as 'draft' | 'force')}
              />
            )}
            <div>
              <Button type="submit" loading={ask.isPending}>
                {s.ask}
              </Button>
            </div>
          </form>
          <div aria-live="polite">
            {ask.error && <ErrorView error={ask.error} />}
            {ask.data && <GrantedView granted={ask.data.granted} isOld={ask.data.question !== question} />}
            {!ask.data && !ask.error && <p className={classes.version}>{s.lead}</p>}
          </div>
        </div>
      </Card>
    </Section>
  );
}

function mistakeOf(claims: Claims): string | undefined {
  if (claims.is === 'nothing') return s.nothingPasted;
  return claims.is === 'wrong' ? s[claims.why] : undefined;
}

function claimsOf(claims: Claims, kind: Kind | undefined): Record<string, never> {
  const said =
    claims.is === 'claims' ? claims.claims : claims.is === 'lines' ? { [kind ?? claims.likely]: claims.lines } : {};
  // The description calls any object `Record<string, never>`.
  return said as Record<string, never>;
}
