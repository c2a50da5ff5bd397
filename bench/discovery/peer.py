"""The same discovery with openstacksdk, a thread for each site: peer.py DEADLINE_SECONDS KEYSTONE...

Those with TLS are believed when AUTHORITY is the file of their authority.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import keystoneauth1.session
import openstack
from keystoneauth1.identity import v3


VERIFY = os.environ.get("AUTHORITY", True)


def discover(keystone, deadline):
    def login(**project):
        return v3.OidcAccessToken(keystone, "egi.eu", "openid", access_token="a-bearer", **project)

    first = keystoneauth1.session.Session(login(), verify=VERIFY)
    projects = first.get(keystone + "/auth/projects", headers={"X-Auth-Token": first.get_token()}, authenticated=False).json()
    project = projects["projects"][0]["id"]
    session = keystoneauth1.session.Session(login(project_id=project), timeout=deadline, verify=VERIFY)
    connection = openstack.connection.Connection(session=session)
    compute, image, network = connection.compute, connection.image, connection.network
    counted = [compute.flavors, image.images, network.networks, network.subnets, network.security_groups]
    things = sum(len(list(one())) for one in counted) + len(list(image.images(is_hidden=True)))
    for one in (network.routers, network.ports, network.ips, compute.availability_zones):
        list(one())
    compute.get_limits()
    network.get_quota(project, details=True)
    return things


def main():
    deadline, keystones = float(sys.argv[1]), sys.argv[2:]
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    with ThreadPoolExecutor(len(keystones)) as pool:
        told = [one.result() for one in [pool.submit(discover, keystone, deadline) for keystone in keystones]]
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = (time.monotonic() - begun) * 1e3
    print(json.dumps({"wall_ms": wall, "processor_ms": spent * 1e3, "peak_kb": after.ru_maxrss, "things": sum(told)}))


main()
