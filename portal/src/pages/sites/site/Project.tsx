import type { Snapshot } from '@/api/types';
import { ProblemView } from '@/parts/ProblemView';
import { RelativeTime } from '@/parts/RelativeTime';
import { siteStrings as s } from '@/strings/site';
import { Shown } from '../../run/Shown';
import { plain } from '../../run/visible';
import { Images } from './Images';
import { Networks } from './Networks';
import { ProjectQuotas } from './ProjectQuotas';
import { Reach } from './Reach';
import classes from './Site.module.css';
import { Sizes } from './Sizes';

/** What one project at a service has, as it was last seen. */
export function Project({ snapshot }: { snapshot: Snapshot }) {
  const gaps = snapshot.gaps.map((gap) => s.project.gap(gap.part, gap.why));
  return (
    <div className={classes.project}>
      <p className={classes.soft}>
        {s.project.seen} <RelativeTime at={snapshot.seen_at} /> <Shown text={s.project.with(snapshot.seen_with)} />
        {snapshot.zones.length > 0 && (
          <>
            {'. '}
            <Shown text={s.project.zones(snapshot.zones)} />
          </>
        )}
      </p>
      {gaps.length > 0 && (
        <ProblemView
          tone="waiting"
          problem={{ title: s.project.gaps, detail: plain(gaps.join('; '), 600), remedy: '' }}
        />
      )}
      <Part title={s.reach.title}>
        <Reach reach={snapshot.reach} />
      </Part>
      <Part title={s.networks.title}>
        <Networks networks={snapshot.networks} service={snapshot.service} />
      </Part>
      <Part title={s.sizes.title}>
        <Sizes sizes={snapshot.sizes} service={snapshot.service} />
      </Part>
      <Part title={s.images.title}>
        <Images images={snapshot.images} service={snapshot.service} />
      </Part>
      <Part title={s.quotas.title}>
        <ProjectQuotas quotas={snapshot.quotas} />
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className={classes.part}>
      <h4 className={classes.partTitle}>{title}</h4>
      {children}
    </section>
  );
}
