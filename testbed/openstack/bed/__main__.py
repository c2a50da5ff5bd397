"""python3 -m bed up|down|status|mend|fault STATE: what the programs of the folder above call."""
import argparse
import os
import signal
import sys

from .layout import Bed
from .processes import tell

SIGNALS = {'pause': signal.SIGSTOP, 'resume': signal.SIGCONT, 'kill': signal.SIGKILL}


def parsed():
    parser = argparse.ArgumentParser(prog='testbed/openstack/...', allow_abbrev=False)
    commands = parser.add_subparsers(dest='command', required=True)
    for name in ('up', 'down', 'status', 'mend', 'fault'):
        command = commands.add_parser(name, prog='testbed/openstack/' + name)
        command.add_argument('state', metavar='STATE', help='the directory of the bed')
        if name == 'up':
            command.add_argument('--sites', metavar='FILE', help='other sites than those of sites.json')
            command.add_argument('--only', metavar='KEY,...', type=lambda text: text.split(','), help='not all sites')
            command.add_argument('--ports', metavar='FIRST', type=int, help='the first of the 100 ports of the bed')
        if name == 'fault':
            command.add_argument('action', choices=SIGNALS)
            command.add_argument('site', metavar='SITE', help='the key of a site, such as a')
            command.add_argument('service', metavar='SERVICE', help='such as keystone, glance-api, nova-compute')
    return parser.parse_args()


def fault(bed, action, site, service):
    if not tell(bed, f'{site}-{service}', SIGNALS[action]):
        raise SystemExit(f'There is no process {site}-{service}.')


def main():
    said = parsed()
    if said.command == 'up':
        os.makedirs(said.state, exist_ok=True)
        bed = Bed.at(said.state, said.sites, said.only, said.ports)
    else:
        bed = Bed.of(said.state)
    if said.command == 'fault':
        return fault(bed, said.action, said.site, said.service)
    # Not before: these import what only Debian's packages have.
    from . import life, status
    if said.command == 'status':
        return 0 if status.show(bed) else 1
    return {'up': life.up, 'down': life.down, 'mend': life.mend}[said.command](bed)


if __name__ == '__main__':
    sys.exit(main())
