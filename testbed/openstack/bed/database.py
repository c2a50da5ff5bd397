"""One MariaDB for all sites, and the tables that the projects need.

Making the tables is the longest part of a first start (each project's whole history of migrations), and always gives
the same: it is done once, for a site that does not exist, and kept in the user's cache under the versions of the packages.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys

from . import configuration
from .layout import FOLDER
from .processes import ENVIRONMENT, pid_file, run, say, start, wait_for
from .services import PRELOADED, manage

DATABASES = ['keystone', 'glance', 'placement', 'nova_api', 'nova', 'nova_cell0', 'neutron', 'cinder']
PROJECTS = ['python3-keystone', 'python3-glance', 'python3-placement', 'python3-nova', 'python3-neutron', 'python3-cinder']
# What differs from site to site in the tables, as it stands in the cache.
SITE, SOCKET, TRANSPORT = '@SITE@', '@SOCKET@', '@TRANSPORT@'


def start_mariadb(bed):
    data = bed.path('mysql')
    # As root it insists on being told.
    user = ['--user=root'] if os.geteuid() == 0 else []
    # Nothing in here outlives a crash of the machine, and nothing has to.
    options = ['--no-defaults', f'--datadir={data}', f'--socket={bed.socket}', f'--tmpdir={bed.path("run")}',
               f'--pid-file={pid_file(bed, "mariadb-own")}', *user, '--skip-networking', '--skip-grant-tables',
               '--lc-messages-dir=/usr/share/mysql', '--character-set-server=utf8mb3',
               '--collation-server=utf8mb3_general_ci', '--max-connections=1200', '--table-open-cache=2000',
               '--performance-schema=off', '--skip-log-bin', '--key-buffer-size=1M', '--aria-pagecache-buffer-size=4M',
               '--innodb-buffer-pool-size=64M', '--innodb-log-file-size=16M', '--innodb-use-native-aio=0',
               '--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0', '--innodb-flush-method=nosync',
               # Two thousand tables, each a file that is waited for, take a minute.
               '--innodb-file-per-table=0', '--sync-frm=0']
    if not os.path.exists(os.path.join(data, 'ibdata1')):
        os.makedirs(data, exist_ok=True)
        with open(bed.log('mariadb-install'), 'ab') as log:
            run(['mariadb-install-db', '--no-defaults', f'--datadir={data}', '--skip-test-db', *user,
                 '--auth-root-authentication-method=normal', '--innodb-file-per-table=0', '--innodb-log-file-size=16M'],
                stdout=log, stderr=log)
    start(bed, 'mariadb', ['/usr/sbin/mariadbd', *options])


def sql(bed, statements):
    command = ['mariadb', '--no-defaults', '-S', bed.socket, '-uroot', '-N', '-B']
    return subprocess.run(command, input=statements.encode(), check=True, capture_output=True).stdout.decode()


def address(bed, database, site):
    return f'mysql+pymysql://root@localhost/{database}_{site}?unix_socket={bed.socket}&charset=utf8'


def cache():
    versions = run(['dpkg-query', '-W', '-f=${Package} ${Version}\n', *PROJECTS], stdout=subprocess.PIPE).stdout
    home = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return os.path.join(home, 'roadstead', 'openstack-tables-' + hashlib.sha256(versions).hexdigest()[:16])


def make_tables(bed):
    """Fills the cache, unless it is full."""
    kept = cache()
    if os.path.exists(kept):
        return
    say('making the tables of all projects (once)')
    site = 'template'
    configuration.write(bed, site)
    sql(bed, ''.join(f'DROP DATABASE IF EXISTS {name}_{site}; CREATE DATABASE {name}_{site};' for name in DATABASES))
    commands = {
        'keystone': [['db_sync']],
        'glance': [['db', 'sync']],
        'placement': [['db', 'sync']],
        'neutron': [['upgrade', 'heads']],
        'cinder': [['db', 'sync']],
        'nova': [['api_db', 'sync'],
                 ['cell_v2', 'map_cell0', '--database_connection', address(bed, 'nova_cell0', site)],
                 ['db', 'sync'],
                 ['cell_v2', 'create_cell', '--name', 'cell1', '--verbose']],
    }
    running = {}
    for project, wanted in commands.items():
        jobs = [manage(bed, site, project, arguments) for arguments in wanted]
        plan = {'project': project, 'preload': PRELOADED[project], 'one_by_one': True, 'jobs': jobs}
        file = bed.write(f'run/tables-{project}.json', json.dumps(plan))
        with open(bed.log(f'tables-{project}'), 'ab') as log:
            running[project] = subprocess.Popen([sys.executable, os.path.join(FOLDER, 'bed', 'zygote.py'), file],
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT)
    failed = [project for project, process in running.items() if process.wait() != 0]
    if failed:
        raise SystemExit(f'No tables for {", ".join(failed)}: see {bed.path("log")}/manage-*-template.log')
    # Others may fill the cache at the same time: whoever comes second finds it full, with the same.
    unfinished = f'{kept}.{os.getpid()}'
    os.makedirs(unfinished)
    for name in DATABASES:
        dump = ['mariadb-dump', '--no-defaults', '-S', bed.socket, '-uroot', '--skip-comments', '--skip-dump-date',
                '--compact', '--add-drop-table', f'{name}_{site}']
        text = run(dump, stdout=subprocess.PIPE).stdout.decode()
        text = text.replace(bed.socket, SOCKET).replace(f'_{site}?', f'_{SITE}?')
        text = text.replace(configuration.transport(bed, site), TRANSPORT)
        with open(os.path.join(unfinished, name + '.sql'), 'w') as file:
            file.write('SET FOREIGN_KEY_CHECKS=0;\n' + text)
    sql(bed, ''.join(f'DROP DATABASE {name}_{site};' for name in DATABASES))
    try:
        os.rename(unfinished, kept)
    except OSError:
        shutil.rmtree(unfinished)


def load_tables(bed, site):
    if bed.exists('done', 'tables-' + site):
        return
    statements = ''
    for name in (name for name in DATABASES if name != 'cinder' or bed.has(site, 'cinder')):
        with open(os.path.join(cache(), name + '.sql')) as file:
            text = file.read().replace(SOCKET, bed.socket).replace(SITE, site)
        text = text.replace(TRANSPORT, configuration.transport(bed, site))
        here = f'{name}_{site}'
        statements += f'DROP DATABASE IF EXISTS {here}; CREATE DATABASE {here}; USE {here};\n{text}\n'
    sql(bed, statements)
    bed.write(f'done/tables-{site}', '')


def map_hosts(bed, site):
    """What `nova-manage cell_v2 discover_hosts` does, without starting Python once more. (The scheduler's own discovery
    cannot be used: it reads its interval while it is imported, which a zygote does before there is a configuration.)"""
    sql(bed, f"""
        INSERT INTO nova_api_{site}.host_mappings (created_at, cell_id, host)
        SELECT NOW(), cells.id, nodes.host FROM nova_{site}.compute_nodes nodes, nova_api_{site}.cell_mappings cells
        WHERE cells.name = 'cell1' AND nodes.deleted = 0 AND nodes.mapped = 0
          AND nodes.host NOT IN (SELECT host FROM nova_api_{site}.host_mappings);
        UPDATE nova_{site}.compute_nodes SET mapped = 1 WHERE mapped = 0;""")


def wait_for_mariadb(bed):
    wait_for(bed, 'MariaDB', lambda: sql(bed, 'SELECT 1').strip() == '1')
