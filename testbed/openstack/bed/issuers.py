"""The issuers that the sites trust (and one that they do not): testbed/oidc, with the people of the federation.

Its people are in the communities that sites know, besides their own groups, and its clients may exchange tokens for the
audiences that sites demand.
"""
import json
import os
import subprocess

from . import apache
from .layout import FOLDER, REPOSITORY
from .processes import run

OIDC = os.path.join(REPOSITORY, 'testbed', 'oidc')


def entitlements(communities):
    return [f'urn:mace:egi.eu:group:{community}:role={role}#aai.egi.eu'
            for community, roles in communities.items() for role in roles]


def people(bed):
    with open(os.path.join(OIDC, 'people.json')) as file:
        known = json.load(file)
    with open(os.path.join(FOLDER, 'people.json')) as file:
        joined = json.load(file)
    for name, person in joined.items():
        communities = person.pop('communities')
        known['people'].setdefault(name, {'groups': []}).update(person, entitlements=entitlements(communities))
    audiences = [site['login']['audience'] for site in bed.sites.values() if 'audience' in site['login']]
    for client in known['clients']:
        if 'exchange_audiences' in client:
            client['exchange_audiences'] += audiences
    for site in bed.sites:
        name = apache.client_of(site)
        known['clients'].append({'client_id': name, 'client_secret': name + '-secret', 'redirect_uris': [],
                                 'grant_types': ['client_credentials'], 'response_types': [],
                                 'token_endpoint_auth_method': 'client_secret_basic'})
    return known


def start(bed):
    file = bed.write('oidc/people.json', json.dumps(people(bed), indent=1))
    ports = [str(bed.shared_port(name)) for name in ('egi', 'iam')]
    run([os.path.join(OIDC, 'up'), bed.path('oidc'), *ports, '--people', file, '--doors'], stdout=subprocess.DEVNULL)


def told(bed):
    """What each says of itself: its name, the audience of its tokens, the port of its doors for tests."""
    said = {}
    for name in ('egi', 'iam'):
        lines = bed.read('oidc', name + '.log').splitlines()
        said[name] = json.loads(next(line for line in lines if line.startswith('{"issuer"')))
    return said


def stop(bed):
    run([os.path.join(OIDC, 'down'), bed.path('oidc')])


def are_up(bed):
    return subprocess.run([os.path.join(OIDC, 'status'), bed.path('oidc')], stdout=subprocess.DEVNULL).returncode == 0
