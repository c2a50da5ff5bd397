import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { issuersQuery } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { admin } from '@/strings/admin';
import classes from '../Admin.module.css';
import { mappingQuery } from '../queries';
import { MappingEditor } from './MappingEditor';

export default function MappingPart() {
  const mapping = useQuery(mappingQuery);
  const issuers = useQuery(issuersQuery);
  const known = useMemo(() => issuers.data?.items ?? [], [issuers.data]);
  return (
    <>
      <p className={classes.lead}>{admin.mapping.lead}</p>
      {mapping.isPending && <Loading />}
      {/* Once it is there, what is edited stays: an answer that does not come puts nobody's work away. */}
      {mapping.error && !mapping.data && <ErrorView error={mapping.error} retry={mapping.refetch} />}
      {mapping.data && <MappingEditor view={mapping.data} issuers={known} />}
    </>
  );
}
