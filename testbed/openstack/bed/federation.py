"""What a bed tells others about itself: federation.json for programs, clouds.yaml for OpenStack's own tools."""
import json

from . import issuers
from .layout import ADMIN_PASSWORD, IDENTITY_PROVIDER


def write(bed):
    sites, clouds = {}, {}
    for key, site in bed.sites.items():
        projects = json.loads(bed.read('done', f'projects-{key}.json'))
        networks = json.loads(bed.read('done', f'networks-{key}.json'))
        keystone = bed.address(key, 'keystone') + '/v3'
        login = site['login']
        sites[key] = {
            'name': site['name'], 'auth_url': keystone, 'region': site['region'],
            'identity_provider': IDENTITY_PROVIDER, 'protocol': login['protocol'], 'role': login['role'],
            'audience': login.get('audience'),
            'projects': [{'name': name, 'id': projects[name], 'community': project['community'],
                          'enabled': project.get('enabled', True)} for name, project in site['projects'].items()],
            'networks': networks,
            'addresses': [bed.address(key, service) for service in bed.services(key)],
        }
        common = {'region_name': site['region'], 'cacert': bed.authority}
        domains = {'user_domain_name': 'Default', 'project_domain_name': 'Default'}
        clouds[f'{key}-admin'] = {**common, 'auth': {
            'auth_url': keystone, 'username': 'admin', 'password': ADMIN_PASSWORD, 'project_name': 'admin', **domains}}
        for project in sites[key]['projects'][:1]:
            clouds[key] = {**common, 'auth': {
                'auth_url': keystone, 'username': 'demo', 'password': 'demo', 'project_id': project['id'],
                'user_domain_name': 'Default'}}
    whole = {
        'issuers': issuers.told(bed), 'authority': bed.authority,
        'administrator': {'username': 'admin', 'password': ADMIN_PASSWORD}, 'sites': sites,
    }
    # JSON is YAML.
    bed.write('clouds.yaml', json.dumps({'clouds': clouds}, indent=1))
    bed.write('federation.json', json.dumps(whole, indent=1))
