import { Button, Group } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { ApiError, answer, api } from '@/api/client';
import { keys, termsQuery } from '@/api/queries';
import type { TermsView } from '@/api/types';
import { Loading } from '@/parts/Loading';
import { Card, Empty, Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { terms as s } from '@/strings/terms';
import classes from './Terms.module.css';
import { TermsText } from './TermsText';

export default function TermsPage() {
  const terms = useQuery(termsQuery);
  const isNone = terms.error instanceof ApiError && terms.error.status === 404;
  return (
    <Page title={terms.data?.title ?? s.title}>
      {terms.isPending && <Loading />}
      {isNone && (
        <Empty title={s.none} text={s.noneText}>
          <Button component={Link} to="/" variant="default">
            {s.home}
          </Button>
        </Empty>
      )}
      {terms.error && !isNone && <ErrorView error={terms.error} retry={terms.refetch} />}
      {terms.data && <Shown terms={terms.data} />}
    </Page>
  );
}

function Shown({ terms }: { terms: TermsView }) {
  const client = useQueryClient();
  const { version } = terms;
  const accept = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/terms/{version}/accept', { params: { path: { version } } })),
    // Also when it was refused: then another version is in force by now, and is the one to read.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.terms }),
        client.invalidateQueries({ queryKey: keys.me }),
        // What was refused because of them.
        client.invalidateQueries({ queryKey: ['plans'] }),
      ]),
  });
  return (
    <>
      <p className={classes.lead}>
        {s.version(version)} {!terms.accepted_at && s.lead}
      </p>
      <Card>
        <TermsText text={terms.text} />
      </Card>
      {accept.error && <ErrorView error={accept.error} />}
      <div className={classes.end} role="status">
        {terms.accepted_at && (
          <p>
            {s.accepted} <RelativeTime at={terms.accepted_at} />
          </p>
        )}
      </div>
      <Group>
        {terms.accepted_at ? (
          <Button component={Link} to="/new" variant="default">
            {s.next}
          </Button>
        ) : (
          <Button loading={accept.isPending} onClick={() => accept.mutate()}>
            {s.accept}
          </Button>
        )}
      </Group>
    </>
  );
}
