import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense } from 'react';
import { Link, useParams } from 'wouter';
import { isAdministrator, meQuery } from '@/api/queries';
import { NotFoundPage } from '@/app/NotFoundPage';
import { Loading } from '@/parts/Loading';
import { Empty, Page } from '@/parts/Page';
import { admin as s } from '@/strings/admin';
import classes from './Admin.module.css';
import { Overview } from './Overview';

/** Below `/admin/`; each but the first is loaded when it is opened. */
const PARTS: { path: keyof typeof s.parts & string; to: string; Part: ComponentType }[] = [
  { path: 'overview', to: '', Part: Overview },
  { path: 'people', to: '/people', Part: lazy(() => import('./people')) },
  { path: 'communities', to: '/communities', Part: lazy(() => import('./Communities')) },
  { path: 'quotas', to: '/quotas', Part: lazy(() => import('./quotas')) },
  { path: 'mapping', to: '/mapping', Part: lazy(() => import('./mapping')) },
  { path: 'audit', to: '/audit', Part: lazy(() => import('./audit')) },
  { path: 'flows', to: '/flows', Part: lazy(() => import('./Flows')) },
];

export default function AdminPage() {
  const { '*': below = '' } = useParams<{ '*'?: string }>();
  const me = useQuery(meQuery);
  const part = PARTS.find(({ to }) => to === (below === '' ? '' : `/${below}`));
  if (!me.data) return <Loading />;
  if (!isAdministrator(me.data)) return <NotForYou />;
  if (!part) return <NotFoundPage />;
  const { Part } = part;
  return (
    <Page title={part.path === 'overview' ? s.title : s.partTitle(s.parts[part.path])} heading={s.title}>
      <nav ref={bringIntoSight} className={classes.parts} aria-label={s.parts.label}>
        {PARTS.map(({ path, to }) => (
          <Link key={path} to={`/admin${to}`} aria-current={path === part.path ? 'page' : undefined}>
            {s.parts[path]}
          </Link>
        ))}
      </nav>
      <Suspense fallback={<Loading />}>
        <Part />
      </Suspense>
    </Page>
  );
}

/** The gateway would refuse each question; this says so before any is asked. */
function NotForYou() {
  return (
    <Page title={s.title}>
      <Empty title={s.notForYou.title} text={s.notForYou.text}>
        <Button component={Link} to="/" variant="default">
          {s.notForYou.home}
        </Button>
      </Empty>
    </Page>
  );
}

/** On a narrow screen the parts scroll, and the one that is shown may be the last of them. */
function bringIntoSight(nav: HTMLElement | null): void {
  const current = nav?.querySelector<HTMLElement>('[aria-current]');
  if (nav && current)
    nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.clientWidth) / 2;
}
