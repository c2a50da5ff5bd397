import { MantineProvider } from '@mantine/core';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { Router } from 'wouter';
import { home } from '@/api/client';
import { meQuery } from '@/api/queries';
import { LiveProvider } from '@/events/LiveProvider';
import { LinkNotUsedPage, SignedOutPage } from '@/pages/signed-out';
import { Loading } from '@/parts/Loading';
import { ErrorView } from '@/parts/ProblemView';
import { nonce } from '@/theme/nonce';
import { schemes } from '@/theme/scheme';
import { theme, variables } from '@/theme/theme';
import { Frame } from './Frame';
import { queryClient } from './queries';
import { Routes } from './routes';
import { useSession } from './session';
import { ShortcutProvider } from './shortcuts';

export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
      getStyleNonce={nonce}
    >
      <QueryClientProvider client={queryClient}>
        <Router base={home.pathname.replace(/\/$/, '')}>
          <Door />
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

/** Lets in who is signed in. */
function Door() {
  const session = useSession();
  if (session.is === 'entering') return <Loading />;
  if (session.is === 'kept') return <LinkNotUsedPage why={session.why} />;
  if (session.is === 'out') return <SignedOutPage why={session.why} />;
  return <Inside />;
}

function Inside() {
  const me = useQuery(meQuery);
  if (me.isPending) return <Loading />;
  // Once inside, a gateway that is away for a moment does not put anybody out.
  if (!me.data) return <ErrorView error={me.error} retry={me.refetch} />;
  return (
    <LiveProvider>
      <ShortcutProvider>
        <Frame>
          <Routes />
        </Frame>
      </ShortcutProvider>
    </LiveProvider>
  );
}
