// How a machine is reached, by the rules that the command line has too (crates/model: machine; `roadstead ssh`).
import type { Machine } from '@/api/types';
import { machinesStrings } from '@/strings/machines';

const s = machinesStrings.one.connect;

type Address = Machine['addresses'][number];

/** What is public before what is not, version 4 before version 6. */
export function bestAddress({ addresses }: Machine): Address | undefined {
  const rank = (one: Address) => (one.public ? 0 : 2) + (one.address.includes(':') ? 1 : 0);
  return [...addresses].sort((a, b) => rank(a) - rank(b))[0];
}

/** One port, or a range of them: `22`, `8000-8010`, `53/udp`. */
export function isOpening(text: string): boolean {
  const [, first, last] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(?:tcp|udp))?$/.exec(text) ?? [];
  if (first === undefined) return false;
  const [from, to] = [Number(first), Number(last ?? first)];
  return from >= 1 && from <= to && to <= 65_535;
}

function isOpen(port: number, openings: string[]): boolean {
  return openings.some((text) => {
    const [ports = '', protocol = 'tcp'] = text.split('/');
    const [first, last] = ports.split('-').map(Number);
    return protocol === 'tcp' && first !== undefined && first <= port && port <= (last ?? first);
  });
}

/** What one types to sign in, or why nobody can. */
export function signIn(machine: Machine): { line: string } | { why: string } {
  const best = bestAddress(machine);
  if (!best) return { why: s.none };
  if (!isOpen(22, machine.open)) return { why: s.closed };
  if (!best.public) return { why: s.notPublic(best.address) };
  if (machine.status !== 'active') return { why: s.notActive };
  // Sites say these: a shell reads nothing in them, and to ssh they are no options.
  const user = machine.login_user && /^[a-z_][\w.-]*$/i.test(machine.login_user) ? `${machine.login_user}@` : '';
  if (!/^[\w.:-]+$/.test(best.address)) return { why: s.none };
  return { line: `ssh -- ${user}${best.address}` };
}
