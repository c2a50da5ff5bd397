"""What a site's operator sets up in Keystone: services and their addresses, the projects of communities, and who of the
issuer's people gets into which (the mapping)."""
import json

from .layout import IDENTITY_PROVIDER, SERVICE_PASSWORD
from .operator import Operator

KINDS = {'glance': 'image', 'placement': 'placement', 'nova': 'compute', 'neutron': 'network', 'cinder': 'volumev3'}
PATHS = {'nova': '/v2.1', 'cinder': '/v3/%(project_id)s'}


class Identity:
    def __init__(self, bed, site):
        self.bed, self.site, self.data = bed, site, bed.sites[site]
        self.keystone = Operator(bed, site).keystone

    def ensure(self, collection, name, domain=None, **attributes):
        within = f'&domain_id={domain}' if domain else ''
        found = self.keystone.get(f'/{collection}?name={name}{within}')[collection]
        if found:
            return found[0]['id']
        one = collection[:-1]
        body = {'name': name, **({'domain_id': domain} if domain else {}), **attributes}
        return self.keystone.post('/' + collection, {one: body})[one]['id']

    def set_up(self):
        names = ('admin', 'member', 'reader', 'service', 'vm_operator')
        self.roles = {name: self.ensure('roles', name) for name in names}
        self.set_up_services()
        domain = self.ensure('domains', 'egi')
        projects, rules = {}, []
        demo = self.ensure('users', 'demo', 'default', password='demo')
        for name, project in self.data['projects'].items():
            community = project['community']
            made = self.ensure('projects', name, domain, description='EGI VO ' + community,
                               **project.get('properties', {}))
            group = self.ensure('groups', 'egi-' + community, domain)
            self.keystone.put(f'/projects/{made}/groups/{group}/roles/{self.roles["member"]}')
            self.keystone.put(f'/projects/{made}/users/{demo}/roles/{self.roles["member"]}')
            projects[name] = made
            rules.append(self.rule(community, group))
        # Operators who have no community yet have a mapping all the same, that fits nobody.
        rules = rules or [self.rule('nobody', self.ensure('groups', 'egi-nobody', domain))]
        provider = '/OS-FEDERATION/identity_providers/' + IDENTITY_PROVIDER
        self.keystone.settle('/OS-FEDERATION/mappings/egi', {'mapping': {'rules': rules}})
        self.keystone.settle(provider, {'identity_provider': {
            'enabled': True, 'remote_ids': [self.bed.issuer], 'domain_id': domain}})
        protocol = self.data['login']['protocol']
        self.keystone.settle(f'{provider}/protocols/{protocol}', {'protocol': {'mapping_id': 'egi'}})
        self.bed.write(f'done/projects-{self.site}.json', json.dumps(projects))

    def rule(self, community, group):
        role = self.data['login']['role']
        entitlement = f'^urn:mace:egi.eu:group:{community}:role={role}#aai.egi.eu$'.replace('.', '\\.')
        return {
            'local': [{'user': {'name': '{0}', 'email': '{1}'}, 'group': {'id': group}}],
            'remote': [
                {'type': 'HTTP_OIDC_SUB'},
                {'type': 'HTTP_OIDC_EMAIL'},
                {'type': 'HTTP_OIDC_ISS', 'any_one_of': [self.bed.issuer]},
                {'type': 'HTTP_OIDC_EDUPERSON_ENTITLEMENT', 'regex': True, 'any_one_of': [entitlement]},
            ],
        }

    def set_up_services(self):
        home = self.ensure('projects', 'service', 'default')
        known = {endpoint['service_id'] for endpoint in self.keystone.get('/endpoints')['endpoints']}
        for service, kind in KINDS.items():
            if not self.bed.has(self.site, service):
                continue
            user = self.ensure('users', service, 'default', password=SERVICE_PASSWORD, default_project_id=home)
            for role in ('admin', 'service'):
                self.keystone.put(f'/projects/{home}/users/{user}/roles/{self.roles[role]}')
            made = self.ensure('services', service, type=kind)
            if made in known:
                continue
            # Real sites publish all kinds of addresses; their services use their own.
            path = PATHS.get(service, '')
            if service == 'nova':
                path = self.data.get('compute_path', path)
            for interface in ('public', 'internal', 'admin'):
                find = self.bed.address if interface == 'public' else self.bed.own_address
                self.keystone.post('/endpoints', {'endpoint': {
                    'service_id': made, 'interface': interface, 'region_id': self.bed.region(self.site),
                    'url': find(self.site, service) + path}})


def set_up(bed, site):
    if not bed.exists('done', f'projects-{site}.json'):
        Identity(bed, site).set_up()
