"""One RabbitMQ, with a virtual host for each site, for what Nova's services say to each other."""
import base64
import hashlib
import json
import os
import shutil

from .processes import listens, start, stop, wait_for

CONFIGURATION = """listeners.tcp.default = 127.0.0.1:{port}
loopback_users = none
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GB
load_definitions = {definitions}
log.file.level = warning
"""


def start_rabbit(bed):
    salt = os.urandom(4)
    password = base64.b64encode(salt + hashlib.sha256(salt + b'bed').digest()).decode()
    definitions = {
        'users': [{'name': 'bed', 'password_hash': password, 'tags': 'administrator',
                   'hashing_algorithm': 'rabbit_password_hashing_sha256'}],
        'vhosts': [{'name': site} for site in bed.sites],
        'permissions': [{'user': 'bed', 'vhost': site, 'configure': '.*', 'write': '.*', 'read': '.*'}
                        for site in bed.sites],
    }
    file = bed.write('rabbit/definitions.json', json.dumps(definitions))
    bed.write('rabbit/rabbitmq.conf', CONFIGURATION.format(port=bed.shared_port('rabbit'), definitions=file))
    bed.write('rabbit/environment', '')
    environment = {
        'HOME': bed.path('rabbit'),
        'RABBITMQ_NODENAME': f'bed{bed.first_port}@localhost',
        'RABBITMQ_CONFIG_FILE': bed.path('rabbit', 'rabbitmq'),
        'RABBITMQ_CONF_ENV_FILE': bed.path('rabbit', 'environment'),
        'RABBITMQ_ENABLED_PLUGINS_FILE': bed.write('rabbit/plugins', '[].\n'),
        'RABBITMQ_MNESIA_BASE': bed.path('rabbit', 'mnesia'),
        'RABBITMQ_LOG_BASE': bed.path('log', 'rabbit'),
        'RABBITMQ_PID_FILE': bed.path('rabbit', 'pid'),
        'RABBITMQ_DIST_PORT': str(bed.shared_port('rabbit-peers')),
        'RABBITMQ_IO_THREAD_POOL_SIZE': '8',
        'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS':
            '+S 1:1 +sbwt none +A 8 -kernel inet_dist_use_interface {127,0,0,1}',
        'ERL_EPMD_ADDRESS': '127.0.0.1',
        'ERL_EPMD_PORT': str(bed.shared_port('epmd')),
    }
    # Otherwise Erlang starts one for the whole machine, which nobody ends.
    start(bed, 'epmd', [shutil.which('epmd'), '-address', '127.0.0.1', '-port', str(bed.shared_port('epmd'))])
    start(bed, 'rabbit', ['/usr/lib/rabbitmq/bin/rabbitmq-server'], environment)


def wait_for_rabbit(bed):
    wait_for(bed, 'RabbitMQ', lambda: listens(bed.shared_port('rabbit')))


def stop_rabbit(bed):
    stop(bed, 'rabbit')
    stop(bed, 'epmd')
