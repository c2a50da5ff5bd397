import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import { ApiError, answer, api } from '@/api/client';
import { Loading } from '@/parts/Loading';
import { Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { newRunStrings } from '@/strings/new-run';
import { sitesStrings } from '@/strings/sites';
import { FormProvider } from '../new-run/form/context';
import { TextField } from '../new-run/form/TextField';
import { PlanView } from '../new-run/plan/PlanView';
import { readRequest } from '../new-run/request/read';
import { type Path, setIn, type Value } from '../new-run/request/value';
import classes from './Sites.module.css';

const s = sitesStrings.tryOut;
const fields = newRunStrings.form.resources;
const PAUSE = 350;

/** A size, and what could take it. Nothing is started, and nothing of a run but its size is asked for. */
export function TryOut() {
  const [value, setValue] = useState<Value>({});
  const { request, mistakes } = useMemo(() => readRequest(value), [value]);
  const size = useMemo(() => {
    const image = request.container?.image;
    return { ...request.resources, ...(image ? { container: image } : {}) };
  }, [request]);
  const [settled] = useDebouncedValue(size, PAUSE);
  const readable = mistakes.length === 0;
  const offers = useQuery({
    queryKey: ['offers', settled],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/offers', { params: { query: settled }, signal })),
    enabled: readable,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const wrong = offers.error instanceof ApiError ? (offers.error.problem.fields ?? []) : [];
  const form = {
    value,
    set: (path: Path, next: Value) => setValue((now: Value) => setIn(now, path, next) ?? {}),
    mistakeAt: (field: string) =>
      [...mistakes, ...wrong].find((mistake) => mistake.field === field || `resources.${mistake.field}` === field)
        ?.detail,
    report: () => undefined,
  };
  const address = new URLSearchParams(Object.entries(settled).map(([name, item]) => [name, String(item)]));
  const changing = settled !== size || offers.isFetching;

  return (
    <Section title={s.title}>
      <p className={classes.lead}>{s.lead}</p>
      <div className={classes.tryOut}>
        <fieldset className={classes.ask} aria-label={s.title}>
          <FormProvider value={form}>
            <TextField
              path={['resources', 'cores']}
              label={fields.cores}
              hint={fields.coresHint}
              placeholder="1"
              number
            />
            <TextField
              path={['resources', 'memory']}
              label={fields.memory}
              hint={fields.bytesHint}
              placeholder="1GiB"
            />
            <TextField path={['resources', 'disk']} label={fields.disk} hint={fields.bytesHint} placeholder="1GiB" />
            <TextField
              path={['resources', 'accelerators']}
              label={fields.accelerators}
              hint={fields.acceleratorsHint}
              placeholder="0"
              number
            />
            <TextField
              path={['resources', 'walltime']}
              label={fields.walltime}
              hint={fields.walltimeHint}
              placeholder="1h"
            />
            <TextField path={['container', 'image']} label={s.container} hint={s.containerHint} mono />
          </FormProvider>
        </fieldset>
        <div className={classes.answer} aria-live="polite">
          {!readable && <p>{s.badSize}</p>}
          {readable && offers.error && <ErrorView error={offers.error} retry={offers.refetch} />}
          {readable && !offers.error && offers.isPending && <Loading />}
          {readable && offers.data && <PlanView plan={offers.data} busy={changing} />}
          {readable && offers.data && offers.data.offers.length > 0 && (
            <Button component={Link} to={`/new?${address}`} variant="default" mt="md">
              {s.use}
            </Button>
          )}
        </div>
      </div>
    </Section>
  );
}
