import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { Link } from 'wouter';
import { meQuery } from '@/api/queries';
import type { Offer, Run } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { ProblemView } from '@/parts/ProblemView';
import { terms } from '@/strings/terms';
import { isOnlyAt, offersAt, wishOf } from '../offers/wish';
import { FilePane } from './file/FilePane';
import { FormProvider } from './form/context';
import { RequestForm } from './form/RequestForm';
import { withInputs } from './inputs/sources';
import { useUploads } from './inputs/useUploads';
import { Notices } from './Notices';
import { PlanPane } from './plan/PlanPane';
import { usePlan } from './plan/usePlan';
import { forget } from './request/keeping';
import { merge } from './request/mistakes';
import { type FieldMistake, readRequest } from './request/read';
import { type Filling, useDraft } from './request/useDraft';
import { getIn, type Path, type Table } from './request/value';
import { readinessOf } from './start/readiness';
import { StartBar } from './start/StartBar';
import { useStart } from './start/useStart';
import classes from './Workbench.module.css';

interface Props {
  first: Filling | undefined;
  /** The run it is filled in from. */
  source?: Run;
  /** The draft that `first` takes the place of. */
  replaced?: Filling | undefined;
  started(run: Run): void;
}

/** The request as form and as file, what would become of it, and its start. */
export function Workbench({ first, source, replaced, started }: Props) {
  const control = useDraft(first, replaced);
  const { draft, setField } = control;
  const { request, mistakes: unreadable } = useMemo(() => readRequest(draft?.value ?? {}), [draft?.value]);
  const [typed, report] = useReports();
  const owesTerms = useQuery(meQuery).data?.owes_terms === true;
  const starting = useStart((run) => {
    control.close();
    forget();
    started(run);
  });
  const checked = usePlan(request, draft !== undefined && draft.mistake === undefined);

  const refused = starting.refused === request ? starting.error?.problem : undefined;
  const mistakes = useMemo(
    () => merge(typed, unreadable, checked.mistakes, refused?.fields ?? []),
    [typed, unreadable, checked.mistakes, refused],
  );

  const [arrived, setArrived] = useState<Table[]>([]);
  const uploads = useUploads((upload, file) => {
    const checksum = upload.sha256 == null ? {} : { checksum: `sha256:${upload.sha256.replace('sha256:', '')}` };
    setArrived((all) => [...all, { from: `upload:${upload.id}`, to: upload.name || file.name, ...checksum }]);
  });
  // While the file cannot be read it must not be rewritten, so what arrives then waits.
  const readable = draft !== undefined && draft.mistake === undefined;
  useEffect(() => {
    if (!readable || arrived.length === 0) return;
    setField(['inputs'], withInputs(getIn(draft.value, ['inputs']), arrived));
    setArrived([]);
  }, [readable, arrived, draft, setField]);

  const form = useMemo(
    () => ({
      value: draft?.value ?? {},
      set: (path: Path, value: unknown) => setField(path, value),
      mistakeAt: (field: string) => mistakes.find((mistake) => mistake.field === field)?.detail,
      report,
    }),
    [draft?.value, setField, mistakes, report],
  );

  if (!draft) return <Loading />;
  const pending = uploads.sendings.length + arrived.length;
  const wish = wishOf(request);
  function pick(offer: Offer): void {
    const picked = isOnlyAt(wish, offer) ? undefined : offer;
    setField(['where', 'site'], picked?.site);
    setField(['where', 'service'], picked?.service);
    setField(['where', 'project'], picked?.project ?? undefined);
  }
  return (
    <>
      <Notices control={control} draft={draft} source={source} />
      <div className={classes.panes}>
        <FormProvider value={form}>
          <RequestForm uploads={uploads} paused={draft.mistake?.line} />
        </FormProvider>
        <div className={classes.aside}>
          <FilePane
            draft={draft}
            mistakes={mistakes}
            setText={control.setText}
            setFormat={control.setFormat}
            open={control.fill}
            back={() => setField([], draft.value)}
          />
          <PlanPane
            checked={checked}
            mistakes={draft.mistake ? [] : mistakes}
            lines={draft.lines}
            offers={offersAt(wish)}
            isOnly={(offer) => isOnlyAt(wish, offer)}
            pick={readable ? pick : undefined}
          />
        </div>
      </div>
      {refused && !refused.fields?.length && (
        <div role="alert" className={classes.refused}>
          <ProblemView problem={refused} instance={starting.error?.instance} />
        </div>
      )}
      <StartBar
        readiness={readinessOf({ draft, request, mistakes, checked, starting, pending, owesTerms })}
        start={() => starting.start(request)}
      >
        {owesTerms && (
          <Button component={Link} to="/terms" variant="default">
            {terms.read}
          </Button>
        )}
      </StartBar>
    </>
  );
}

type Reports = [FieldMistake[], (field: string, detail: string | undefined) => void];

/** What the fields say of what is typed in them. */
function useReports(): Reports {
  const [typed, setTyped] = useState<FieldMistake[]>([]);
  const report = useCallback((field: string, detail: string | undefined) => {
    setTyped((all) => {
      const others = all.filter((mistake) => mistake.field !== field);
      if (detail === undefined) return others.length === all.length ? all : others;
      return [...others, { field, detail }];
    });
  }, []);
  return [typed, report];
}
