// The pages and their addresses. Home comes with the first load, every other page when it is opened.
import { lazy } from 'react';
import { Route, Switch } from 'wouter';
import HomePage from '@/pages/home';
import { NotFoundPage } from './NotFoundPage';

const RunsPage = lazy(() => import('@/pages/runs'));
const RunPage = lazy(() => import('@/pages/run'));
const NewRunPage = lazy(() => import('@/pages/new-run'));
const MachinesPage = lazy(() => import('@/pages/machines'));
const NewMachinePage = lazy(() => import('@/pages/machines/make'));
const MachinePage = lazy(() => import('@/pages/machines/one'));
const SitesPage = lazy(() => import('@/pages/sites'));
const OffersPage = lazy(() => import('@/pages/offers'));
const AccountPage = lazy(() => import('@/pages/account'));
const AdminPage = lazy(() => import('@/pages/admin'));
const TermsPage = lazy(() => import('@/pages/terms'));

export function Routes() {
  return (
    <Switch>
      <Route path="/">
        <HomePage />
      </Route>
      <Route path="/runs">
        <RunsPage />
      </Route>
      {/* A run's page keeps its own parts below its address: /runs/ID/log, /runs/ID/outputs … */}
      <Route path="/runs/:id/*?">
        <RunPage />
      </Route>
      <Route path="/new">
        <NewRunPage />
      </Route>
      <Route path="/machines">
        <MachinesPage />
      </Route>
      <Route path="/machines/new">
        <NewMachinePage />
      </Route>
      <Route path="/machines/:id">
        <MachinePage />
      </Route>
      <Route path="/sites/*?">
        <SitesPage />
      </Route>
      <Route path="/offers">
        <OffersPage />
      </Route>
      <Route path="/account">
        <AccountPage />
      </Route>
      <Route path="/terms">
        <TermsPage />
      </Route>
      <Route path="/admin/*?">
        <AdminPage />
      </Route>
      <Route>
        <NotFoundPage />
      </Route>
    </Switch>
  );
}
