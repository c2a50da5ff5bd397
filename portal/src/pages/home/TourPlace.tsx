import { lazy, Suspense } from 'react';
import { Loading } from '@/parts/Loading';
import type { Tour as TourState } from './tour/state';

// With the demonstration's scripts in it: nobody waits for them who does not see it.
const Tour = lazy(() => import('./tour'));

export function TourPlace({ tour }: { tour: TourState }) {
  return (
    <Suspense fallback={<Loading />}>
      <Tour tour={tour} />
    </Suspense>
  );
}
