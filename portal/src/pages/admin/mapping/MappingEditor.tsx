import { Button, SegmentedControl } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, answer, api } from '@/api/client';
import type { MappingView, Rule } from '@/api/types';
import { Icon } from '@/parts/Icon';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { admin } from '@/strings/admin';
import { Shown } from '../../run/Shown';
import admins from '../Admin.module.css';
import { keys, mappingQuery } from '../queries';
import { Conflict } from './Conflict';
import type { Issuer } from './issuer';
import classes from './Mapping.module.css';
import { MappingText } from './MappingText';
import { Preview } from './Preview';
import { RuleDialog } from './RuleDialog';
import { RuleTable } from './RuleTable';
import { withChange } from './rules';
import { type Draft, rulesOf, useDraft } from './useDraft';

const s = admin.mapping;

export function MappingEditor({ view, issuers }: { view: MappingView; issuers: Issuer[] }) {
  const draft = useDraft(view);
  const save = useSave(draft);
  const [editing, setEditing] = useState<number | 'new' | { like: number }>();
  const isBehind = view.version !== draft.base.version;
  const { begin, isChanged } = draft;
  useEffect(() => {
    if (isBehind && !isChanged) begin(view);
  });
  useLeavingQuestion(isChanged);

  function change(rules: Rule[]): void {
    save.reset();
    draft.setRules(rules);
  }
  const problem = save.error instanceof ApiError ? save.error.problem : undefined;
  const fields = problem?.fields ?? [];
  const isConflict = isBehind && isChanged;
  const rules = draft.rules ?? [];

  return (
    <>
      <p className={classes.version}>
        <Version view={view} />
      </p>
      {isConflict && (
        <Conflict
          base={draft.base}
          theirs={view}
          onMerge={draft.rules && (() => draft.begin(view, withChange(rulesOf(view), draft.change)))}
          onTake={() => draft.begin(view)}
        />
      )}
      <div className={admins.toolbar}>
        <SegmentedControl
          aria-label={s.view}
          value={draft.content.as}
          onChange={(as) => draft.setView(as as 'table' | 'text')}
          disabled={draft.rules === undefined}
          data={[
            { value: 'table', label: s.asTable },
            { value: 'text', label: s.asText },
          ]}
        />
        {draft.content.as === 'table' && (
          <Button
            variant="default"
            leftSection={<Icon name="plus" size={14} />}
            className={admins.push}
            onClick={() => setEditing('new')}
          >
            {s.add}
          </Button>
        )}
      </div>
      {draft.content.as === 'table' ? (
        <RuleTable
          rules={rules}
          base={rulesOf(draft.base)}
          issuers={issuers}
          fields={fields}
          onEdit={setEditing}
          onCopy={(index) => setEditing({ like: index })}
          onRemove={(index) => change(rules.filter((_, at) => at !== index))}
        />
      ) : (
        <MappingText
          draft={draft}
          fields={fields}
          onChange={(text) => {
            save.reset();
            draft.setText(text);
          }}
        />
      )}
      {save.error && !isConflict && <ErrorView error={save.error} />}
      <SaveBar draft={draft} isPending={save.isPending} isConflict={isConflict} onSave={() => save.mutate()} />
      <p role="status" className={admins.said}>
        {save.data && !isChanged && s.saved(save.data.version)}
      </p>
      <Preview issuers={issuers} changed={isChanged ? draft.rules : undefined} />
      {editing !== undefined && (
        <RuleDialog
          index={typeof editing === 'number' ? editing : undefined}
          rule={rules[typeof editing === 'number' ? editing : typeof editing === 'object' ? editing.like : -1]}
          issuers={issuers}
          onClose={() => setEditing(undefined)}
          onTake={(rule) => {
            change(typeof editing === 'number' ? rules.with(editing, rule) : [...rules, rule]);
            setEditing(undefined);
          }}
        />
      )}
    </>
  );
}

function useSave(draft: Draft) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => {
      const table = { rules: draft.rules ?? [] };
      return answer(api.PUT('/api/v1/admin/mapping', { body: { version: draft.base.version, table } }));
    },
    onSuccess: (view) => {
      client.setQueryData(keys.mapping, view);
      draft.begin(view);
    },
    onError: (error) => {
      // Somebody was faster: theirs is fetched, and beside it one's own can be judged.
      if (error instanceof ApiError && error.status === 409) return client.refetchQueries(mappingQuery);
      return undefined;
    },
  });
}

/** A tab that is closed by a slip would take the changes with it. */
function useLeavingQuestion(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isChanged]);
}

function Version({ view }: { view: MappingView }) {
  if (view.version === 0) return s.unwritten;
  return (
    <>
      {s.inForce} <strong>{s.version(view.version)}</strong>
      {view.made_by && (
        <>
          {' '}
          <Shown text={s.by(view.made_by)} longest={80} />
        </>
      )}{' '}
      {view.made_at && <RelativeTime at={view.made_at} />}
      {s.ruleCount(rulesOf(view).length)}
    </>
  );
}

interface SaveBarProps {
  draft: Draft;
  isPending: boolean;
  isConflict: boolean;
  onSave(): void;
}

/** There only while there is something to save, and then always in sight. */
function SaveBar({ draft, isPending, isConflict, onSave }: SaveBarProps) {
  if (!draft.isChanged) return null;
  const { added, removed } = draft.change;
  return (
    <section className={classes.saveBar} aria-label={s.unsaved}>
      <span>
        <strong>{s.unsaved}</strong> {draft.rules ? s.changes(added.length, removed.length) : s.textFirst}
      </span>
      <span className={classes.saveActions}>
        <Button variant="default" onClick={() => draft.begin(draft.base)}>
          {s.discard}
        </Button>
        <Button onClick={onSave} loading={isPending} disabled={draft.rules === undefined || isConflict}>
          {s.save}
        </Button>
      </span>
    </section>
  );
}
