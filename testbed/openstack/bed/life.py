"""Bringing a bed up and down. Each step finds what is there already, so that `up` also mends what somebody broke."""
import calendar
import os
import time
from concurrent.futures import ThreadPoolExecutor

from . import apache, configuration, database, federation, identity, issuers, messages, resources, services
from .layout import ADMIN_PASSWORD, GREETINGS
from .operator import Operator
from .processes import alive, answers, say, stop, tell, wait_for

GATE = 'run/nova-may-start'


def each(bed, act):
    """At all sites at once."""
    with ThreadPoolExecutor(len(bed.sites)) as pool:
        list(pool.map(lambda site: act(bed, site), bed.sites))


def up(bed):
    for folder in ('run', 'log', 'etc', 'done'):
        os.makedirs(bed.path(folder), exist_ok=True)
    # Apache gives up being root.
    os.chmod(bed.state, 0o755)
    issuers.start(bed)
    apache.write(bed)
    for site in bed.sites:
        configuration.write(bed, site)
    messages.start_rabbit(bed)
    database.start_mariadb(bed)
    database.wait_for_mariadb(bed)
    database.make_tables(bed)
    each(bed, database.load_tables)
    say('the tables are there')
    bootstrap(bed)
    messages.wait_for_rabbit(bed)
    start_services(bed)
    wait_for_service(bed, 'keystone')
    each(bed, identity.set_up)
    say('Keystone knows its projects')
    for service in ('glance', 'placement'):
        wait_for_service(bed, service)
    open_gate(bed)
    for service in ('nova', 'neutron', 'cinder'):
        wait_for_service(bed, service)
    each(bed, resources.set_up)
    say('networks, sizes and images are there')
    each(bed, wait_for_hosts)
    each(bed, wait_for_volumes)
    federation.write(bed)
    say(f'{len(bed.sites)} sites are up: {bed.path("federation.json")}')


def bootstrap(bed):
    new = [site for site in bed.sites if not bed.exists('done', 'bootstrap-' + site)]
    if not new:
        return

    def job(site):
        own, seen = (find(site, 'keystone') + '/v3' for find in (bed.own_address, bed.address))
        return services.manage(bed, site, 'keystone', [
            'bootstrap', '--bootstrap-password', ADMIN_PASSWORD, '--bootstrap-region-id', bed.region(site),
            '--bootstrap-public-url', seen, '--bootstrap-internal-url', own, '--bootstrap-admin-url', own])

    services.run_zygote(bed, 'bootstrap', {'project': 'keystone', 'preload': services.PRELOADED['keystone'],
                                           'jobs': [job(site) for site in new]})
    for site in new:
        bed.write('done/bootstrap-' + site, '')


def start_services(bed):
    """Nova's scheduler and conductor die or hang when Keystone or Placement does not answer while they start: they are
    imported now, and born when the gate opens."""
    if not alive(bed, 'zygote-nova') and bed.exists(GATE):
        os.unlink(bed.path(GATE))
    for project in services.projects(bed):
        services.start_zygote(bed, project, bed.path(GATE) if project == 'nova' else None)
    apache.start(bed)


def open_gate(bed):
    if not bed.exists(GATE):
        bed.write(GATE, str(time.time()))


def wait_for_service(bed, service):
    for site in (site for site in bed.sites if bed.has(site, service)):
        url = bed.address(site, service) + GREETINGS[service]
        wait_for(bed, f'{service} of site {site}', lambda: answers(bed, url))
    say(service, 'answers')


def wait_for_hosts(bed, site):
    """Every part of Nova must have reported since it was born: what an earlier one left behind proves nothing."""
    nova, since = Operator(bed, site).nova, float(bed.read(GATE))

    def reported(service):
        moment = service['updated_at']
        return service['state'] == 'up' and moment and calendar.timegm(
            time.strptime(moment[:19], '%Y-%m-%dT%H:%M:%S')) >= since

    def ready():
        database.map_hosts(bed, site)
        up = {service['binary'] for service in nova.get('/os-services')['services'] if reported(service)}
        hosts = nova.get('/os-hypervisors')['hypervisors']
        needed = {'nova-scheduler', 'nova-conductor', 'nova-compute'}
        return needed <= up and any(host['state'] == 'up' for host in hosts)

    wait_for(bed, f'Nova of site {site}', ready)


def wait_for_volumes(bed, site):
    """Cinder's scheduler knows of no place for volumes before their driver has told it of one."""
    if bed.has(site, 'cinder'):
        cinder = Operator(bed, site).cinder
        wait_for(bed, f'Cinder of site {site}', lambda: cinder.get('/scheduler-stats/get_pools')['pools'])


def names(bed):
    """All processes, in the order in which they end."""
    ours = [job['name'] for project in services.projects(bed) for job in services.jobs(bed, project)]
    return ['apache', *('zygote-' + project for project in services.projects(bed)), *ours, 'rabbit', 'epmd', 'mariadb']


def down(bed):
    for project in services.projects(bed):
        # All at once; they are waited for below.
        tell(bed, 'zygote-' + project, 15)
    for name in names(bed):
        stop(bed, name)
    issuers.stop(bed)
    say('down')


def mend(bed):
    """What was killed comes back; a zygote bears all of its children again."""
    for project in services.projects(bed):
        if any(not alive(bed, job['name']) for job in services.jobs(bed, project)):
            stop(bed, 'zygote-' + project)
    up(bed)
