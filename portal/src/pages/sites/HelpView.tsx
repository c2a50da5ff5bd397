import type { Access, Help } from '@/api/types';
import { CopyButton } from '@/parts/CopyButton';
import { RelativeTime } from '@/parts/RelativeTime';
import { sitesStrings } from '@/strings/sites';
import { Shown } from '../run/Shown';
import classes from './Help.module.css';

const s = sitesStrings.help;
const WHOLE = 2_000;

/** Only these are led to: a site's text may hold any address. */
const isWeb = (link: string): boolean => /^https?:\/\//i.test(link);

/** Why, what one can do about it, and the request that can be sent as it is. */
export function HelpView({ of, help }: { of: string; help: Help }) {
  return (
    <div className={classes.help}>
      <p>
        <Shown text={sentence(help.why)} longest={WHOLE} />
      </p>
      {help.remedy && (
        <div>
          <p className={classes.small}>{s.remedy}</p>
          <p>
            <Shown text={help.remedy} longest={WHOLE} />
          </p>
        </div>
      )}
      {help.link && (
        <p>
          {isWeb(help.link) ? (
            <a href={help.link} target="_blank" rel="noopener noreferrer">
              {s.link}
            </a>
          ) : (
            <Shown text={help.link} longest={WHOLE} />
          )}{' '}
          {isWeb(help.link) && <span className={classes.soft}>{new URL(help.link).host}</span>}
        </p>
      )}
      {help.request && (
        <div>
          <div className={classes.requestTop}>
            <span className={classes.small}>{s.request}</span>
            <CopyButton text={help.request} label={s.copyRequest} />
          </div>
          {/* A box that scrolls must be reachable by keyboard. */}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
          <section className={classes.request} tabIndex={0} aria-label={s.requestOf(of)}>
            <Shown text={help.request} longest={WHOLE} lines />
          </section>
        </div>
      )}
    </div>
  );
}

/** The help that goes with how one stands, and the trouble of the last try. */
export function AccessHelp({ of, access }: { of: string; access: Access }) {
  return (
    <>
      {'help' in access && <HelpView of={of} help={access.help} />}
      {access.trouble && (
        <>
          <h3 className={classes.small}>{s.trouble}</h3>
          <HelpView of={of} help={access.trouble} />
        </>
      )}
      {access.seen_at && (
        <p className={classes.soft}>
          {s.asked} <RelativeTime at={access.seen_at} />
        </p>
      )}
    </>
  );
}

/** Causes come as parts of sentences. */
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
