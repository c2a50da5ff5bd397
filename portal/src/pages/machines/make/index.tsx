import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { Loading } from '@/parts/Loading';
import { Page, Section } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { offersStrings } from '@/strings/offers';
import { useStart } from '../../new-run/start/useStart';
import { Answer } from '../../offers/Answer';
import { Partial } from '../../offers/Partial';
import { useOffers } from '../../offers/useOffers';
import { WishForm } from '../../offers/WishForm';
import { machineOf, readWish, searchOf, type Wish } from '../../offers/wish';
import classes from './Make.module.css';
import { MoreForm } from './MoreForm';
import { type More, mistakesOf, requestOf } from './request';

const s = machinesStrings.form;

/** What a machine must have, and beside it where it would be made. What offers are found by is the page's address. */
export default function NewMachinePage() {
  const [search, setSearch] = useSearchParams();
  const [, navigate] = useLocation();
  const [more, setMore] = useState<More>({});
  const wish = machineOf(readWish(search));
  const found = useOffers({ ...wish, kind: 'machine' });
  const starting = useStart((run) => navigate(`/machines/${run.id}`));
  const setWish = (next: Wish, replace = true) => setSearch(searchOf(machineOf(next)), { replace });
  const mistakes = mistakesOf(more);
  const refused = starting.error?.problem.fields ?? [];
  const told = Object.fromEntries(refused.map(({ field, detail }) => [field.replace(/^machine\./, ''), detail]));
  const isWrong = Object.keys(mistakes).length > 0 || Object.keys(found.mistakes).length > 0;
  return (
    <Page title={s.title}>
      <p className={classes.lead}>{s.lead}</p>
      <WishForm
        wish={wish}
        mistakes={found.mistakes}
        plan={found.plan}
        sites={found.sites}
        projectName={found.projectName}
        setWish={setWish}
        machine
      />
      <MoreForm
        more={more}
        setMore={setMore}
        mistakes={{ ...told, ...mistakes }}
        busy={starting.busy}
        repeating={starting.repeating}
        disabled={isWrong}
        submit={() => starting.start(requestOf(wish, more))}
      />
      {starting.error && <ErrorView error={starting.error} />}
      <Section title={s.offers}>
        {Object.keys(found.mistakes).length > 0 && (
          <p className={classes.lead} role="status">
            {offersStrings.form.wrong}
          </p>
        )}
        {found.error !== undefined && found.error !== null && <ErrorView error={found.error} retry={found.again} />}
        <Partial looking={found.looking} silent={found.silent} />
        {!found.plan && !found.error && <Loading />}
        {found.plan && <Answer found={found} wish={wish} setWish={(next) => setWish(next, false)} leads={false} />}
      </Section>
    </Page>
  );
}
