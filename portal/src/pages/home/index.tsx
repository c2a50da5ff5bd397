import { useQuery } from '@tanstack/react-query';
import { meQuery } from '@/api/queries';
import { Loading } from '@/parts/Loading';
import { Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { home as s } from '@/strings/home';
import classes from './Home.module.css';
import { NeedsYou } from './NeedsYou';
import { Next } from './Next';
import { Now } from './Now';
import { Quota } from './Quota';
import { activeQuery, doneQuery } from './queries';
import { Recent } from './Recent';
import { TourPlace } from './TourPlace';
import { useTour } from './tour/state';
import { useNeeds } from './useNeeds';

export default function HomePage() {
  const active = useQuery(activeQuery);
  const done = useQuery(doneQuery);
  const needs = useNeeds(active.data?.items);
  const tour = useTour();
  const again = useQuery(meQuery).data?.sign_in_again.length ?? 0;
  const error = active.error ?? done.error ?? needs.error;
  if (!active.data || !done.data || !needs.ready) {
    return <Page title={s.title}>{error ? <ErrorView error={error} retry={active.refetch} /> : <Loading />}</Page>;
  }
  const running = active.data.items;
  const isFirstVisit = running.length === 0 && done.data.items.length === 0 && needs.nothingEver;
  const isTouring = tour.shown === 'open' || (tour.shown === 'new' && isFirstVisit);
  const said = running.length === 0 ? '' : s.activeRuns(running.length, Boolean(active.data.next));
  return (
    <Page title={s.title}>
      {!isFirstVisit && <p className={classes.summary}>{s.summary(said, needs.items.length)}</p>}
      {isTouring && <TourPlace tour={tour} />}
      {(needs.items.length > 0 || again > 0) && <NeedsYou needs={needs} />}
      <Quota />
      {!isFirstVisit && <Now runs={running} more={Boolean(active.data.next)} />}
      {done.data.items.length > 0 && <Recent runs={done.data.items} />}
      <Next showTour={isTouring ? undefined : tour.show} />
    </Page>
  );
}
