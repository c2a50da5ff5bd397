"""What OpenStack's own library says that the sites have: one line of JSON by site, for a test to compare with."""

import json
import sys

import openstack


def told(cloud):
    connection = openstack.connect(cloud=cloud)
    compute, image, network = connection.compute, connection.image, connection.network
    project = connection.current_project_id
    limits = compute.get_limits().absolute
    quota = network.get_quota(project, details=True)
    return {
        "project": project,
        "flavors": {
            one.id: [one.name, one.vcpus, one.ram, one.disk, one.extra_specs] for one in compute.flavors(get_extra_specs=True)
        },
        "images": {
            one.id: [one.name, one.is_hidden, one.min_disk, one.visibility, one.properties.get("ad:mpuri"), one.os_distro]
            for hidden in (False, True)
            for one in image.images(is_hidden=hidden)
        },
        "networks": {
            one.id: [one.name, one.is_shared, one.is_router_external, sorted(one.subnet_ids)] for one in network.networks()
        },
        "subnets": {one.id: [one.network_id, one.cidr, one.ip_version, one.gateway_ip] for one in network.subnets()},
        "routers": {one.id: [one.name, (one.external_gateway_info or {}).get("network_id")] for one in network.routers()},
        "interfaces": {
            one.id: [one.network_id, one.device_id] for one in network.ports(device_owner="network:router_interface")
        },
        "security_groups": {one.id: one.name for one in network.security_groups()},
        "limits": [limits.instances, limits.total_cores, limits.total_ram],
        "quotas": [quota.floating_ips["limit"], quota.routers["limit"], quota.routers["used"], quota.ports["limit"]],
        "zones": [one.name for one in compute.availability_zones()],
    }


for key in sys.argv[1:]:
    print(json.dumps(told(key)), flush=True)
