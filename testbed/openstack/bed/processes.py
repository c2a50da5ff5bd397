"""Starting processes, finding them again by the files with their ids, ending them."""
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

STARTED = time.monotonic()
# What is started must not depend on who starts it.
KEPT = ('PATH', 'HOME', 'USER', 'TMPDIR', 'XDG_CACHE_HOME')
ENVIRONMENT = {name: os.environ[name] for name in KEPT if name in os.environ}
ENVIRONMENT.update({'LC_ALL': 'C.UTF-8', 'PYTHONWARNINGS': 'ignore', 'PYTHONDONTWRITEBYTECODE': '1'})


def say(*words):
    print(f'[{time.monotonic() - STARTED:6.1f} s]', *words, flush=True)


def run(command, **options):
    return subprocess.run(command, check=True, **{'stdin': subprocess.DEVNULL, **options})


def pid_file(bed, name):
    return bed.path('run', name + '.pid')


def alive(bed, name):
    """Its process id, or 0. A dead process that nobody has waited for is dead."""
    try:
        with open(pid_file(bed, name)) as file:
            pid = int(file.read())
        with open(f'/proc/{pid}/stat') as file:
            state = file.read().rsplit(')', 1)[1].split()[0]
    except (OSError, ValueError):
        return 0
    return 0 if state == 'Z' else pid


def start(bed, name, command, environment=None):
    if alive(bed, name):
        return
    with open(bed.log(name), 'ab') as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                   env={**ENVIRONMENT, **(environment or {})}, cwd=bed.state)
    bed.write(f'run/{name}.pid', str(process.pid))


def tell(bed, name, number):
    pid = alive(bed, name)
    if pid:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
    return pid


def stop(bed, name, patience=20):
    if tell(bed, name, signal.SIGCONT):
        tell(bed, name, signal.SIGTERM)
        end = time.monotonic() + patience
        while time.monotonic() < end and alive(bed, name):
            time.sleep(0.05)
        if tell(bed, name, signal.SIGKILL):
            time.sleep(0.2)
    try:
        os.unlink(pid_file(bed, name))
    except FileNotFoundError:
        pass


def wait_for(bed, what, holds, patience=180):
    """Anything that goes wrong while looking means: not yet."""
    end, why = time.monotonic() + patience, ''
    while time.monotonic() < end:
        try:
            if holds():
                return
        except Exception as error:
            why = f': {error}'
        time.sleep(0.1)
    raise SystemExit(f'{what} was not there in {patience} s{why} (logs: {bed.path("log")})')


def listens(port):
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(('127.0.0.1', port)) == 0


def answers(bed, url):
    try:
        urllib.request.urlopen(url, context=ssl.create_default_context(cafile=bed.authority), timeout=5)
    except urllib.error.HTTPError as error:
        # "Multiple choices" among versions, or "who are you?", is an answer.
        return error.code in (300, 401)
    except OSError:
        return False
    return True
