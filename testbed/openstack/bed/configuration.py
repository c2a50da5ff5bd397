"""The configuration files of one site's services, from templates/."""
import base64
import os
import string

from . import database
from .layout import FOLDER, SERVICE_PASSWORD, SERVICES

TEMPLATES = os.path.join(FOLDER, 'templates')
POOL = 'max_pool_size = 4\nmax_overflow = 30'
CLOSED_NETWORKS = '"create_network": "role:admin"\n"create_router": "role:admin"\n"create_floatingip": "role:admin"\n'


def file(bed, site, name):
    return bed.path('etc', site, name)


def transport(bed, site):
    return f'rabbit://bed:bed@127.0.0.1:{bed.shared_port("rabbit")}/{site}'


def write(bed, site):
    make_keys(bed, site)
    values = {
        'site': site,
        'templates': TEMPLATES,
        'settings': bed.path('etc', site),
        'keys': bed.path('keys', site),
        'pool': POOL,
        'transport': transport(bed, site),
        'checks_tokens': signing_in(bed, site) + f'\nwww_authenticate_uri = {bed.address(site, "keystone")}/v3'
        + '\ninterface = internal\nservice_token_roles_required = true\nservice_token_roles = service',
        'signs_in': signing_in(bed, site),
        'own_glance': bed.own_address(site, 'glance'),
        'uses_volumes': uses_volumes(bed, site),
        'more': ''.join(f'[{section}]\n' + '\n'.join(lines) + '\n'
                        for section, lines in bed.sites.get(site, {}).get('nova', {}).items()),
        **{service: bed.address(site, service) for service in SERVICES},
        **{service + '_port': bed.own_port(site, service) for service in SERVICES},
        **{name + '_database': database.address(bed, name, site) for name in database.DATABASES},
    }
    for service in bed.services(site):
        files = bed.path('files', service, site)
        for folder in ('images', 'instances', 'lock'):
            os.makedirs(os.path.join(files, folder), exist_ok=True)
        with open(os.path.join(TEMPLATES, service + '.conf')) as template:
            text = string.Template(template.read()).substitute(values, files=files)
        bed.write(f'etc/{site}/{service}.conf', text)
    closed = bed.sites.get(site, {}).get('closed_networks')
    bed.write(f'etc/{site}/neutron-policy.yaml', CLOSED_NETWORKS if closed else '{}\n')


def uses_volumes(bed, site):
    if not bed.has(site, 'cinder'):
        return ''
    return f'[cinder]\nusername = nova\ncatalog_info = volumev3:cinder:internalURL\nos_region_name = {bed.region(site)}\n' \
        + signing_in(bed, site).rsplit('\n', 1)[0]


def signing_in(bed, site):
    return f"""auth_type = password
auth_url = {bed.own_address(site, 'keystone')}/v3
password = {SERVICE_PASSWORD}
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = {bed.region(site)}"""


def make_keys(bed, site):
    for kind in ('fernet', 'credential'):
        if bed.exists('keys', site, kind):
            continue
        for number in '01':
            bed.write(f'keys/{site}/{kind}/{number}', base64.urlsafe_b64encode(os.urandom(32)).decode(), 0o600)
        os.chmod(bed.path('keys', site, kind), 0o700)
