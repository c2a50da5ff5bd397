"""Which processes a site is made of, and the zygotes that they come from."""
import json
import os
import subprocess
import sys

from . import configuration
from .layout import FOLDER
from .processes import ENVIRONMENT, pid_file, start

ZYGOTE = [sys.executable, os.path.join(FOLDER, 'bed', 'zygote.py')]
# What a project's services import in the end: once, before they part.
PRELOADED = {
    'keystone': ['keystone.server.wsgi', 'keystone.server.flask.application', 'keystone.cmd.manage', 'keystone.api',
                 'keystone.auth.plugins.mapped', 'waitress', 'pymysql'],
    'placement': ['placement.wsgi', 'placement.cmd.manage', 'waitress', 'pymysql'],
    'glance': ['glance.cmd.api', 'glance.cmd.manage', 'glance.api.v2.router', 'pymysql'],
    'neutron': ['neutron.cmd.eventlet.server', 'neutron.plugins.ml2.plugin', 'neutron.db.migration.cli',
                'bed_doubles.neutron_routers', 'bed_doubles.neutron_ports', 'pymysql'],
    'nova': ['nova.cmd.api_os_compute', 'nova.cmd.scheduler', 'nova.cmd.conductor', 'nova.cmd.compute',
             'nova.cmd.manage', 'nova.api.openstack.compute', 'nova.compute.manager', 'nova.scheduler.manager',
             'nova.conductor.manager', 'oslo_messaging._drivers.impl_rabbit', 'pymysql'],
    'cinder': ['cinder.cmd.api', 'cinder.cmd.scheduler', 'cinder.cmd.volume', 'cinder.cmd.manage',
               'cinder.api.v3.router', 'cinder.volume.manager', 'cinder.scheduler.manager',
               'bed_doubles.cinder_volumes', 'oslo_messaging._drivers.impl_rabbit', 'pymysql'],
}


def manage(bed, site, project, arguments):
    """A job for a zygote: the project's own command for operators."""
    target = 'neutron.db.migration.cli' if project == 'neutron' else project + '.cmd.manage'
    config = ['--config-file', configuration.file(bed, site, project + '.conf')]
    return {'name': f'manage-{project}-{site}', 'target': target + ':main', 'log': bed.log(f'manage-{project}-{site}'),
            'argv': [project + '-manage', *config, *arguments], 'env': environment(bed, site)}


def environment(bed, site):
    # Placement and Keystone as applications of a web server read where their configuration is from here.
    return {'OS_PLACEMENT_CONFIG_DIR': bed.path('etc', site),
            'OS_KEYSTONE_CONFIG_FILES': configuration.file(bed, site, 'keystone.conf')}


def projects(bed):
    """Those that some site has."""
    return [project for project in PRELOADED if jobs(bed, project)]


def jobs(bed, project):
    return [job for site in bed.sites if bed.has(site, project)
            for job in site_jobs(bed, site, project)]


def site_jobs(bed, site, project):
    config = ['--config-file', configuration.file(bed, site, project + '.conf')]

    def job(name, target, more=None):
        full = f'{site}-{name}'
        return {'name': full, 'target': target, 'argv': [name, *config], 'log': bed.log(full),
                'pid_file': pid_file(bed, full), 'env': {**environment(bed, site), **(more or {})},
                'port': bed.own_port(site, project)}

    if project in ('keystone', 'placement'):
        return [{**job(project, f'wsgi:{project}'), 'argv': [project]}]
    if project == 'glance':
        return [job('glance-api', 'glance.cmd.api:main')]
    if project == 'neutron':
        return [job('neutron-server', 'zygote:serve_neutron')]
    if project == 'cinder':
        return [job('cinder-api', 'cinder.cmd.api:main'), job('cinder-scheduler', 'cinder.cmd.scheduler:main'),
                job('cinder-volume', 'cinder.cmd.volume:main')]
    capacity = {f'BED_{name.upper()}': str(value) for name, value in bed.sites[site].get('capacity', {}).items()}
    return [job('nova-conductor', 'nova.cmd.conductor:main'), job('nova-scheduler', 'nova.cmd.scheduler:main'),
            job('nova-api', 'nova.cmd.api_os_compute:main'), job('nova-compute', 'nova.cmd.compute:main', capacity)]


def start_zygote(bed, project, gate=None):
    """`gate`: a file. The children are not born before it is there."""
    plan = {'project': project, 'preload': PRELOADED[project], 'stays': True, 'jobs': jobs(bed, project), 'gate': gate}
    file = bed.write(f'run/{project}.json', json.dumps(plan, indent=1))
    start(bed, 'zygote-' + project, [*ZYGOTE, file])


def run_zygote(bed, name, plan):
    file = bed.write(f'run/{name}.json', json.dumps(plan, indent=1))
    with open(bed.log(name), 'ab') as log:
        ended = subprocess.run([*ZYGOTE, file], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT)
    if ended.returncode != 0:
        raise SystemExit(f'{name} failed: see {bed.path("log")}')
