import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { isAdministrator, meQuery } from '@/api/queries';
import { useConnected } from '@/events/LiveProvider';
import { Icon, type IconName } from '@/parts/Icon';
import { Loading } from '@/parts/Loading';
import { strings } from '@/strings';
import { CrashGuard } from './CrashGuard';
import classes from './Frame.module.css';
import { SchemeButton } from './SchemeButton';
import { useShortcut } from './shortcuts';
import { TermsNotice } from './TermsNotice';

const ShortcutHelp = lazy(() => import('./ShortcutHelp'));

const NAVIGATION: { to: string; label: string; icon: IconName }[] = [
  { to: '/', label: strings.nav.home, icon: 'home' },
  { to: '/runs', label: strings.nav.runs, icon: 'runs' },
  { to: '/new', label: strings.nav.newRun, icon: 'plus' },
  { to: '/machines', label: strings.nav.machines, icon: 'machine' },
  { to: '/sites', label: strings.nav.sites, icon: 'sites' },
  { to: '/offers', label: strings.nav.offers, icon: 'sliders' },
  { to: '/account', label: strings.nav.account, icon: 'account' },
];

function isHere(to: string, location: string): boolean {
  return to === '/' ? location === '/' : location === to || location.startsWith(`${to}/`);
}

/** What stays while pages change: the way around, and whether the portal hears from the gateway. */
export function Frame({ children }: { children: ReactNode }) {
  const [location, navigate] = useLocation();
  const [helping, setHelping] = useState(false);
  const connected = useConnected();
  const me = useQuery(meQuery);
  useShortcut('?', strings.shortcuts.help, () => setHelping(true));
  useShortcut('g h', strings.nav.home, () => navigate('/'));
  useShortcut('g r', strings.nav.runs, () => navigate('/runs'));
  useShortcut('g c', strings.nav.machines, () => navigate('/machines'));
  useShortcut('g s', strings.nav.sites, () => navigate('/sites'));
  useShortcut('g o', strings.nav.offers, () => navigate('/offers'));
  useShortcut('g a', strings.nav.account, () => navigate('/account'));
  useShortcut('n', strings.nav.newRun, () => navigate('/new'));

  function skip(event: React.MouseEvent): void {
    // With a <base>, a plain "#content" would lead to another page.
    event.preventDefault();
    document.getElementById('content')?.focus();
  }

  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/useValidAnchor: it is a link, to the content of this page */}
      <a href="#content" className={classes.skip} onClick={skip}>
        {strings.nav.skip}
      </a>
      <header className={classes.header}>
        <Link to="/" className={classes.brand}>
          <img src="./mark.svg" alt="" width={26} height={26} />
          <span>{strings.product}</span>
        </Link>
        <nav className={classes.nav} aria-label={strings.nav.label}>
          {NAVIGATION.map(({ to, label, icon }) => (
            <Link key={to} to={to} className={classes.link} aria-current={isHere(to, location) ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{label}</span>
            </Link>
          ))}
          {isAdministrator(me.data) && <AdminLink location={location} />}
        </nav>
        <div className={classes.tools}>
          <output className={classes.live} title={connected ? undefined : strings.live.explain}>
            {connected ? '' : strings.live.reconnecting}
          </output>
          <button
            type="button"
            className={classes.tool}
            aria-label={strings.shortcuts.open}
            title={strings.shortcuts.open}
            onClick={() => setHelping(true)}
          >
            <Icon name="keyboard" />
          </button>
          <SchemeButton className={classes.tool} />
        </div>
      </header>
      <main id="content" tabIndex={-1} className={classes.main}>
        <TermsNotice />
        <CrashGuard key={location}>
          <Suspense fallback={<Loading />}>{children}</Suspense>
        </CrashGuard>
      </main>
      <Suspense>{helping && <ShortcutHelp onClose={() => setHelping(false)} />}</Suspense>
    </div>
  );
}

/** For those alone who may do what it leads to; its key is theirs too. */
function AdminLink({ location }: { location: string }) {
  const [, navigate] = useLocation();
  useShortcut('g m', strings.nav.admin, () => navigate('/admin'));
  return (
    <Link to="/admin" className={classes.link} aria-current={isHere('/admin', location) ? 'page' : undefined}>
      <Icon name="admin" />
      <span>{strings.nav.admin}</span>
    </Link>
  );
}
