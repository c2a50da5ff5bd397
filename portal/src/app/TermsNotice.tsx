import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { meQuery } from '@/api/queries';
import { terms as s } from '@/strings/terms';
import classes from './Frame.module.css';

/** On every page but their own, for as long as they wait to be accepted. */
export function TermsNotice() {
  const [location] = useLocation();
  const { data: me } = useQuery(meQuery);
  if (!me?.owes_terms || location === '/terms') return null;
  return (
    <p className={classes.notice}>
      {s.owed} <Link to="/terms">{s.read}</Link>
    </p>
  );
}
