import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { CopyButton } from '@/parts/CopyButton';
import { Icon } from '@/parts/Icon';
import { Section } from '@/parts/Page';
import { home } from '@/strings/home';
import classes from './Home.module.css';

const s = home.next;

/** Without `showTour` the demonstration is on the page already. */
export function Next({ showTour }: { showTour: (() => void) | undefined }) {
  return (
    <Section title={s.title}>
      <div className={classes.cards}>
        <Link to="/new" className={classes.card}>
          <Icon name="plus" size={22} />
          <h3>{s.run}</h3>
          <p>{s.runText}</p>
        </Link>
        <Link to="/sites" className={classes.card}>
          <Icon name="sites" size={22} />
          <h3>{s.sites}</h3>
          <p>{s.sitesText}</p>
        </Link>
        <div className={classes.card}>
          <Icon name="keyboard" size={22} />
          <h3>{s.terminal}</h3>
          <p>{s.terminalText}</p>
          <div className={classes.command}>
            <code>{s.command}</code>
            <CopyButton text={s.command} />
          </div>
        </div>
        {showTour && (
          <div className={classes.card}>
            <Icon name="running" size={22} />
            <h3>{s.demo}</h3>
            <p>{s.demoText}</p>
            <Button size="xs" variant="default" mt="xs" onClick={showTour}>
              {s.demoStart}
            </Button>
          </div>
        )}
      </div>
    </Section>
  );
}
