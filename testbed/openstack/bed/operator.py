"""Speaking with a site's services as its operator."""
from keystoneauth1 import adapter, session
from keystoneauth1.identity import v3

from .layout import ADMIN_PASSWORD

MICROVERSION = '2.90'


class Operator:
    def __init__(self, bed, site):
        keystone = bed.own_address(site, 'keystone') + '/v3'
        auth = v3.Password(auth_url=keystone, username='admin', password=ADMIN_PASSWORD, project_name='admin',
                           user_domain_name='Default', project_domain_name='Default')
        self._session = session.Session(auth=auth)
        self.keystone = Api(adapter.Adapter(self._session, endpoint_override=keystone))
        self._region = bed.region(site)

    def _api(self, kind, **more):
        return Api(adapter.Adapter(self._session, service_type=kind, interface='internal', region_name=self._region,
                                   **more))

    @property
    def nova(self):
        return self._api('compute', default_microversion=MICROVERSION)

    @property
    def neutron(self):
        return self._api('network')

    @property
    def cinder(self):
        return self._api('volumev3')

    @property
    def glance(self):
        return self._api('image')


class Api:
    def __init__(self, requests):
        self._requests = requests

    def _ask(self, method, path, body=None, fine=(), **more):
        if body is not None:
            more['json'] = body
        answer = self._requests.request(path, method, raise_exc=False, **more)
        if answer.status_code >= 400 and answer.status_code not in fine:
            raise RuntimeError(f'{method} {path}: {answer.status_code} {answer.text[:400]}')
        return answer.json() if 'json' in answer.headers.get('Content-Type', '') else {}

    def get(self, path):
        return self._ask('GET', path)

    def post(self, path, body):
        return self._ask('POST', path, body)

    def patch(self, path, body):
        return self._ask('PATCH', path, body)

    def put(self, path, body=None):
        return self._ask('PUT', path, body)

    def delete(self, path):
        return self._ask('DELETE', path)

    def settle(self, path, body):
        """Like `put`, when it may be there already."""
        return self._ask('PUT', path, body, fine=(409,))

    def upload(self, path, content):
        return self._ask('PUT', path, data=content, headers={'Content-Type': 'application/octet-stream'})
