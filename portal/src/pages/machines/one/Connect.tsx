import type { Machine } from '@/api/types';
import { CopyButton } from '@/parts/CopyButton';
import { Card, Section } from '@/parts/Page';
import { machinesStrings } from '@/strings/machines';
import { Shown } from '../../run/Shown';
import { signIn } from '../reach';
import classes from './One.module.css';

const s = machinesStrings.one.connect;

/** What one types to get in, and all addresses. */
export function Connect({ machine }: { machine: Machine }) {
  const way = signIn(machine);
  return (
    <Section title={s.title}>
      <Card>
        {'line' in way ? (
          <p className={classes.command}>
            <code>{way.line}</code>
            <CopyButton text={way.line} label={s.copy} />
          </p>
        ) : (
          <p className={classes.why}>{way.why}</p>
        )}
        {machine.addresses.length > 0 && (
          <ul className={classes.addresses} aria-label={s.addresses}>
            {machine.addresses.map(({ address, public: isPublic, floating }) => (
              <li key={address}>
                <code>
                  <Shown text={address} longest={60} />
                </code>
                <CopyButton text={address} label={s.copyAddress(address)} />
                <span className={classes.soft}>{floating ? s.floating : isPublic ? s.public : s.inside}</span>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </Section>
  );
}
