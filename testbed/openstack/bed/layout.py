"""Where everything of one bed is: its directory, its ports, its addresses.

A bed knows nothing but its state directory. What was said at its first start (sites, ports) is kept in there, so that
two beds with two directories never meet.
"""
import json
import os
import socket

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REPOSITORY = os.path.dirname(os.path.dirname(FOLDER))

# The order decides the ports.
SERVICES = ['keystone', 'glance', 'placement', 'nova', 'neutron', 'cinder']
# Only where the site says so.
OPTIONAL = {'cinder': 'volumes'}
# Where each says that it is there, without a token.
GREETINGS = {'keystone': '/v3', 'glance': '/versions', 'placement': '/', 'nova': '/v2.1', 'neutron': '/', 'cinder': '/'}
SHARED = ['egi', 'iam', 'doors', 'rabbit', 'rabbit-peers', 'epmd']

PORTS = 200
FIRST_PORTS = range(15000, 30000, PORTS)
MOST_SITES = 9
# Linux takes no longer path for a socket.
LONGEST_SOCKET = 107

ADMIN_PASSWORD = 'bed-admin'
SERVICE_PASSWORD = 'bed-service'
IDENTITY_PROVIDER = 'egi.eu'


class Bed:
    def __init__(self, state, settings):
        self.state = os.path.abspath(state)
        self.first_port = settings['first_port']
        self.sites = settings['sites']
        self._indices = {site: index for index, site in enumerate(self.sites, start=1)}
        # Of no site: where the tables are made that all sites start with.
        self._indices['template'] = 0

    @classmethod
    def of(cls, state):
        """The bed that was started in this directory before."""
        try:
            with open(os.path.join(state, 'bed.json')) as file:
                return cls(state, json.load(file))
        except FileNotFoundError:
            raise SystemExit(f'No bed was ever started in {state}.') from None

    @classmethod
    def at(cls, state, sites=None, only=None, first_port=None):
        """The bed of this directory, which remembers; what is said must agree with that."""
        remembered = os.path.join(state, 'bed.json')
        said = chosen(sites, only) if sites or only or not os.path.exists(remembered) else None
        if os.path.exists(remembered):
            bed = cls.of(state)
            if said not in (None, bed.sites) or first_port not in (None, bed.first_port):
                raise SystemExit(f'{state} is a bed with other sites or ports: take another directory, or remove it.')
            return bed
        bed = cls(state, {'first_port': first_port or free_ports(), 'sites': said})
        if len(bed.socket) > LONGEST_SOCKET:
            raise SystemExit(f'{bed.socket} is too long for the path of a socket: take a shorter directory.')
        bed.write('bed.json', json.dumps({'first_port': bed.first_port, 'sites': bed.sites}, indent=1))
        return bed

    def has(self, site, service):
        # The tables of all are made for the site that does not exist.
        return site == 'template' or service not in OPTIONAL or bool(self.sites[site].get(OPTIONAL[service]))

    def services(self, site):
        return [service for service in SERVICES if self.has(site, service)]

    def path(self, *parts):
        return os.path.join(self.state, *parts)

    def exists(self, *parts):
        return os.path.exists(self.path(*parts))

    def read(self, *parts):
        with open(self.path(*parts)) as file:
            return file.read()

    def write(self, name, text, mode=0o644):
        """Whole or not at all: others look at some of these files while they are written."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + '.new', 'w') as file:
            file.write(text)
        os.chmod(path + '.new', mode)
        os.rename(path + '.new', path)
        return path

    def log(self, name):
        return self.path('log', name + '.log')

    @property
    def socket(self):
        return self.path('run', 'mysql.sock')

    @property
    def issuer(self):
        return f'https://localhost:{self.shared_port("egi")}/auth/realms/egi'

    @property
    def authority(self):
        return self.path('oidc', 'ca.pem')

    def shared_port(self, name):
        return self.first_port + 10 * SHARED.index(name)

    def port(self, site, service):
        """The one that everybody sees."""
        return self.first_port + 10 * SERVICES.index(service) + self._indices[site]

    def is_behind_apache(self, site, service):
        return service == 'keystone' or self.has_tls(site)

    def own_port(self, site, service):
        """The one that the service itself listens on."""
        return self.port(site, service) + (10 * len(SERVICES) if self.is_behind_apache(site, service) else 0)

    def has_tls(self, site):
        return self.sites.get(site, {}).get('tls', False)

    def prefix(self, site, service):
        return self.sites.get(site, {}).get('prefix', '') if service == 'keystone' else ''

    def address(self, site, service):
        scheme = 'https' if self.has_tls(site) else 'http'
        return f'{scheme}://127.0.0.1:{self.port(site, service)}{self.prefix(site, service)}'

    def own_address(self, site, service):
        return f'http://127.0.0.1:{self.own_port(site, service)}'

    def region(self, site):
        return self.sites.get(site, {}).get('region', 'RegionOne')


def chosen(file, only):
    with open(file or os.path.join(FOLDER, 'sites.json')) as opened:
        sites = json.load(opened)['sites']
    unknown = set(only or []) - set(sites)
    if unknown:
        raise SystemExit(f'There is no site {", ".join(sorted(unknown))}.')
    sites = {name: site for name, site in sites.items() if not only or name in only}
    if not 1 <= len(sites) <= MOST_SITES:
        raise SystemExit(f'A bed has from 1 to {MOST_SITES} sites.')
    if any(not name.isalnum() for name in sites) or 'template' in sites:
        raise SystemExit('The key of a site is made of letters and digits (and is not "template").')
    return sites


def free_ports():
    """Another program may take one of them before the bed does: then its start says so."""
    for first in FIRST_PORTS:
        if all(is_free(port) for port in range(first, first + PORTS)):
            return first
    raise SystemExit(f'There are no {PORTS} free ports in a row.')


def is_free(port):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True
