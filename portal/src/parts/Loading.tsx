import { useEffect, useState } from 'react';
import { strings } from '@/strings';
import classes from './Loading.module.css';

/** Says nothing for the first moment: most answers come before anybody could read it. */
export function Loading() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), 300);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <p role="status" className={classes.loading}>
      {late ? strings.loading : ''}
    </p>
  );
}
