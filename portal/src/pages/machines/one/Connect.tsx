import { Button } from '@mantine/core';
import type { Machine } from '@/api/types';
import { CopyButton } from '@/parts/CopyButton';
import { Card, Section } from '@/parts/Page';
import { ErrorView, ProblemView } from '@/parts/ProblemView';
import { machinesStrings } from '@/strings/machines';
import { Shown } from '../../run/Shown';
import { isChanging } from '../queries';
import { signIn } from '../reach';
import classes from './One.module.css';
import { useDeed } from './useDeeds';

const s = machinesStrings.one.connect;

/** What one types to get in, and all addresses. */
export function Connect({ machine }: { machine: Machine }) {
  const way = signIn(machine);
  const deed = useDeed(machine.run);
  const busy = deed.isPending || isChanging(machine);
  const isReached = machine.addresses.some((one) => one.public);
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
                {floating && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={s.removeThis(address)}
                    title={s.removeHint}
                    disabled={busy}
                    onClick={() => deed.mutate({ do: 'remove_address', address })}
                  >
                    {s.remove}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
        {machine.ready_at && !isReached && (
          <Button size="xs" variant="default" loading={busy} onClick={() => deed.mutate({ do: 'add_address' })}>
            {s.add}
          </Button>
        )}
        <Change machine={machine} />
        {deed.error && <ErrorView error={deed.error} />}
      </Card>
    </Section>
  );
}

const d = machinesStrings.deeds;

/** What is under way, or why the last of it came to nothing. */
function Change({ machine: { change } }: { machine: Machine }) {
  if (!change) return null;
  const said = change.what === 'resize' ? d.changing.resize(change.to?.name ?? '') : d.changing[change.what];
  return (
    <div role="status">
      {change.stage !== 'over' && <p className={classes.soft}>{said}</p>}
      {change.problem && <ProblemView problem={change.problem} />}
    </div>
  );
}
