"""The calls that Roadstead makes for one machine, made by openstacksdk: peer.py does what it reads, a line of JSON each, and
answers by another. The first line says where and as whom."""

import base64
import json
import resource
import sys
import time
import uuid

BEGUN = time.monotonic()

import keystoneauth1.session
import openstack
from keystoneauth1.identity import v3

FIRST_WORDS = base64.b64encode(b"#cloud-config\nhostname: mine\n").decode()


def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Site:
    def __init__(self, told):
        login = v3.OidcAccessToken(
            told["auth_url"], "egi.eu", told["protocol"], access_token=told["bearer"], project_id=told["project"]
        )
        self.session = keystoneauth1.session.Session(login, verify=told["authority"], collect_timing=True)
        self.to = openstack.connection.Connection(session=self.session, region_name=told["region"])
        self.network, self.pool = told["network"], told["pool"]
        self.size = self.to.compute.find_flavor(told["size"]).id
        # What is found out once is not part of the first machine.
        next(iter(self.to.network.security_groups()), None)

    def image(self, name, fault):
        """Of the project alone; its machines boot as `bed_fault` says (testbed/openstack/README.md)."""
        more = {"os_distro": "ubuntu", "os_version": "22.04", "bed_fault": fault}
        content = {"disk_format": "raw", "container_format": "bare", "data": b"nothing" * 1024}
        return self.to.image.create_image(name, visibility="private", allow_duplicates=True, **content, **more).id

    def remove_image(self, image):
        self.to.image.delete_image(image)

    def make(self, image, port, interval):
        """Its address is asked for while it boots, which no order of these calls is quicker than."""
        network, compute, name = self.to.network, self.to.compute, f"bench-{uuid.uuid4().hex[:8]}"
        self.session.reset_timings()
        begun, before = time.monotonic(), spent()
        group = network.create_security_group(name=name, description=name)
        rule = {"security_group_id": group.id, "direction": "ingress", "protocol": "tcp", "port_range_min": port}
        rules = [{**rule, "port_range_max": port, "ethertype": version} for version in ("IPv4", "IPv6")]
        network.create_security_group_rules(rules)
        plug = network.create_port(network_id=self.network, security_groups=[group.id], name=name, description=name)
        wish = {"flavor_id": self.size, "image_id": image, "networks": [{"port": plug.id}], "user_data": FIRST_WORDS}
        server = compute.create_server(name=name, metadata={"bench": name}, **wish)
        address = network.create_ip(floating_network_id=self.pool, port_id=plug.id, description=name)
        asked = time.monotonic()
        server = compute.wait_for_server(server, interval=interval, wait=600)
        ready, used = time.monotonic(), spent() - before
        calls = sum(one.elapsed.total_seconds() for one in self.session.get_timings() if one.method == "POST")
        self.remove(server, address, plug, group)
        return {"seconds": ready - begun, "asked": asked - begun, "calls": calls, "processor": used}

    def remove(self, server, address, plug, group):
        network, compute = self.to.network, self.to.compute
        compute.delete_server(server)
        compute.wait_for_delete(server, interval=0.2, wait=120)
        network.delete_ip(address)
        network.delete_port(plug)
        network.delete_security_group(group)


def main():
    site = Site(json.loads(sys.stdin.readline()))
    print(json.dumps({"seconds": time.monotonic() - BEGUN, "processor": spent()}), flush=True)
    for line in sys.stdin:
        what, arguments = json.loads(line)
        print(json.dumps(getattr(site, what)(*arguments)), flush=True)


main()
