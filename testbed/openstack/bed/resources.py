"""What a site offers: networks, sizes, images, quotas, set up by its public interfaces as an operator would."""
import json
import os

from .operator import Operator

IMAGE_BYTES = 65536


class Resources:
    def __init__(self, bed, site):
        self.bed, self.site, self.data = bed, site, bed.sites[site]
        operator = Operator(bed, site)
        self.keystone, self.nova = operator.keystone, operator.nova
        self.neutron, self.glance = operator.neutron, operator.glance
        self.cinder = operator.cinder if bed.has(site, 'cinder') else None
        self.projects = json.loads(bed.read('done', f'projects-{site}.json'))
        self.networks = {}

    def set_up(self):
        self.clear_images()
        self.set_up_networks()
        for name, project in self.data['projects'].items():
            self.set_up_project(self.projects[name], project)
        self.set_up_flavors()
        for image in self.data['images']:
            self.set_up_image(image)
        # Last: nobody can do anything in it any more.
        for name, project in self.data['projects'].items():
            if not project.get('enabled', True):
                self.keystone.patch('/projects/' + self.projects[name], {'project': {'enabled': False}})
        self.bed.write(f'done/networks-{self.site}.json', json.dumps(self.networks))

    def set_up_networks(self):
        self.networks = {network['name']: network['id'] for network in self.neutron.get('/v2.0/networks')['networks']}
        for network in self.data['networks']:
            if network['name'] in self.networks:
                continue
            made = self.neutron.post('/v2.0/networks', {'network': {
                'name': network['name'], 'shared': network.get('shared', False),
                'router:external': network.get('external', False), 'provider:network_type': 'flat',
                'provider:physical_network': 'physical-' + network['name'][:40]}})['network']['id']
            for subnet in network['subnets']:
                self.neutron.post('/v2.0/subnets', {'subnet': described(made, subnet)})
            self.networks[network['name']] = made

    def set_up_project(self, project, data):
        own = data.get('network')
        if own and own['name'] not in self.networks:
            made = self.neutron.post('/v2.0/networks', {'network': {
                'name': own['name'], 'project_id': project}})['network']['id']
            subnet = self.neutron.post('/v2.0/subnets', {'subnet': {
                'network_id': made, 'name': own['name'] + '-subnet', 'cidr': own['cidr'], 'ip_version': 4,
                'project_id': project}})['subnet']['id']
            router = self.neutron.post('/v2.0/routers', {'router': {
                'name': own['router'], 'project_id': project,
                'external_gateway_info': {'network_id': self.networks[own['gateway']]}}})['router']['id']
            self.neutron.put(f'/v2.0/routers/{router}/add_router_interface', {'subnet_id': subnet})
            self.networks[own['name']] = made
        quota = data.get('quota', {})
        if 'network' in quota:
            self.neutron.put('/v2.0/quotas/' + project, {'quota': quota['network']})
        if 'compute' in quota:
            self.nova.put('/os-quota-sets/' + project, {'quota_set': {**quota['compute'], 'force': True}})
        if 'volume' in quota:
            self.cinder.put('/os-quota-sets/' + project, {'quota_set': quota['volume']})

    def set_up_flavors(self):
        known = {flavor['name'] for flavor in self.nova.get('/flavors?is_public=None')['flavors']}
        for flavor in self.data['flavors']:
            if flavor['name'] in known:
                continue
            body = {name: flavor[name] for name in ('name', 'vcpus', 'ram', 'disk')}
            body['os-flavor-access:is_public'] = 'only' not in flavor
            made = self.nova.post('/flavors', {'flavor': body})['flavor']['id']
            if 'extra_specs' in flavor:
                self.nova.post(f'/flavors/{made}/os-extra_specs', {'extra_specs': flavor['extra_specs']})
            for project in flavor.get('only', []):
                self.nova.post(f'/flavors/{made}/action', {'addTenantAccess': {'tenant': self.projects[project]}})

    def clear_images(self):
        """Names say nothing about images (there are two of the same on purpose): a start that did not get to its end
        begins them again."""
        for hidden in ('false', 'true'):
            for image in self.glance.get(f'/v2/images?limit=500&os_hidden={hidden}')['images']:
                self.glance.delete('/v2/images/' + image['id'])

    def set_up_image(self, image):
        body = {'name': image['name'], 'disk_format': 'raw', 'container_format': 'bare',
                'visibility': image.get('visibility', 'public'), 'min_disk': image.get('min_disk', 0),
                'min_ram': image.get('min_ram', 0), 'os_hidden': image.get('hidden', False),
                **image.get('properties', {})}
        if 'owner' in image:
            body['owner'] = self.projects[image['owner']]
        made = self.glance.post('/v2/images', body)['id']
        self.glance.upload(f'/v2/images/{made}/file', os.urandom(IMAGE_BYTES))


def described(network, subnet):
    body = {'network_id': network, 'name': subnet['name'], 'cidr': subnet['cidr'],
            'ip_version': 6 if ':' in subnet['cidr'] else 4, 'enable_dhcp': subnet.get('dhcp', False)}
    if 'pool' in subnet:
        body['allocation_pools'] = [dict(zip(('start', 'end'), subnet['pool']))]
    if 'gateway' in subnet:
        # Null: none.
        body['gateway_ip'] = subnet['gateway']
    if 'ipv6' in subnet:
        body['ipv6_address_mode'] = body['ipv6_ra_mode'] = subnet['ipv6']
    return body


def set_up(bed, site):
    if not bed.exists('done', f'networks-{site}.json'):
        Resources(bed, site).set_up()
