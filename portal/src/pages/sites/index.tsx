import { lazy, Suspense } from 'react';
import { useParams } from 'wouter';
import { Loading } from '@/parts/Loading';
import { SiteList } from './SiteList';

const SitePage = lazy(() => import('./site'));

/** All sites, or below that address the one that is named. */
export default function SitesPage() {
  const { '*': name = '' } = useParams<{ '*'?: string }>();
  if (name === '') return <SiteList />;
  return (
    <Suspense fallback={<Loading />}>
      <SitePage key={name} name={name} />
    </Suspense>
  );
}
