import { useSearchParams } from 'wouter';
import { CopyButton } from '@/parts/CopyButton';
import { Loading } from '@/parts/Loading';
import { Page } from '@/parts/Page';
import { ErrorView } from '@/parts/ProblemView';
import { offersStrings as s } from '@/strings/offers';
import { plain } from '../run/visible';
import { Answer } from './Answer';
import classes from './Offers.module.css';
import { Partial } from './Partial';
import { useOffers } from './useOffers';
import { WishForm } from './WishForm';
import { commandOf, readWish, searchOf, type Wish } from './wish';

/** What is needed, and where it could be had. The wish is the page's address. */
export default function OffersPage() {
  const [search, setSearch] = useSearchParams();
  const wish = readWish(search);
  const found = useOffers(wish);
  // What is typed is no place to come back to; a change that is taken at once is.
  const setWish = (next: Wish, replace = true) => setSearch(searchOf(next), { replace });
  const hasMistakes = Object.keys(found.mistakes).length > 0;
  const command = commandOf(wish);
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
      />
      {hasMistakes && (
        <p className={classes.wrong} role="status">
          {s.form.wrong}
        </p>
      )}
      {found.error !== undefined && found.error !== null && <ErrorView error={found.error} retry={found.again} />}
      <Partial looking={found.looking} silent={found.silent} />
      {!found.plan && !found.error && !hasMistakes && <Loading />}
      {found.plan && <Answer found={found} wish={wish} setWish={(next) => setWish(next, false)} />}
      <div className={classes.command}>
        <span className={classes.soft}>{s.command.label}</span>
        <code>{plain(command, 600)}</code>
        <CopyButton text={command} label={s.command.copy} />
      </div>
    </Page>
  );
}
