// Signing in at a login service leaves the portal and comes back to the page that was open.
import { home } from './client';

export function loginAt(issuer: string): string {
  const url = new URL(`login/${encodeURIComponent(issuer)}`, home);
  const place = `${location.pathname}${location.search}`.slice(home.pathname.length);
  if (place !== '') url.searchParams.set('to', place);
  return url.href;
}
