"""zygote.py PLAN: imports an OpenStack project once, and forks one child for each job of the plan (a JSON file).

This is what makes several sites affordable: the imports take most of the time and memory of a service, and are the same
at all sites. Nothing of a site is known before the fork; each child reads its own configuration in the project's own
main function. A zygote that `stays` ends its children when it is told to end; one that does not waits for them, and
fails when one of them does.
"""
import importlib
import json
import os
import signal
import sys
import time
import traceback

DOUBLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'doubles')
PATIENCE = 8


def preload(plan):
    # Also for the entry points of the doubles.
    sys.path.insert(0, DOUBLES)
    if plan['project'] == 'cinder':
        # Its modules speak of objects that are only there after this.
        importlib.import_module('cinder.cmd.api').objects.register_all()
    for module in plan['preload']:
        importlib.import_module(module)
    if plan['project'] == 'nova':
        # It looks for drivers below this package only.
        import nova.virt
        nova.virt.__path__.append(DOUBLES)
        importlib.import_module('nova.virt.bed_doubles.nova_driver')


def wait_for_gate(gate):
    while gate and not os.path.exists(gate):
        time.sleep(0.05)


def serve_wsgi(job):
    import waitress
    if job['target'] == 'wsgi:keystone':
        from keystone.server.wsgi import initialize_public_application as application
    else:
        from placement.wsgi import init_application as application
    waitress.serve(application(), host='127.0.0.1', port=job['port'], threads=4, ident=None,
                   clear_untrusted_proxy_headers=False)


def serve_neutron():
    """Without the workers for agents: there are none."""
    from neutron import server, service
    from neutron_lib.callbacks import events, registry, resources

    def serve():
        api = service.serve_wsgi(service.NeutronApiService)
        registry.publish(resources.PROCESS, events.AFTER_SPAWN, None)
        api.wait()

    server.boot_server(serve)


def be(job):
    os.setpgid(0, 0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    log = os.open(job['log'], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if 'eventlet' in sys.modules:
        # The parent's epoll is not for sharing.
        import eventlet.hubs
        eventlet.hubs.use_hub()
    os.environ.update(job.get('env') or {})
    sys.argv = job['argv']
    module, function = job['target'].split(':')
    if module == 'wsgi':
        return serve_wsgi(job)
    if module == 'zygote':
        return serve_neutron()
    return getattr(importlib.import_module(module), function)()


def fork(job):
    pid = os.fork()
    if pid:
        if job.get('pid_file'):
            with open(job['pid_file'], 'w') as file:
                file.write(str(pid))
        return pid
    code = 1
    try:
        result = be(job)
        code = result if isinstance(result, int) else 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code & 255)


class Children:
    def __init__(self):
        self.jobs = {}
        self.failed = 0

    def tell(self, *numbers):
        for pid in list(self.jobs):
            for number in numbers:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass

    def end(self, *_):
        # A paused one would not hear.
        self.tell(signal.SIGCONT, signal.SIGTERM)
        signal.alarm(PATIENCE)

    def wait(self):
        pid, status = os.waitpid(-1, 0)
        job = self.jobs.pop(pid)
        if status:
            self.failed += 1
            print(time.strftime('%H:%M:%S'), job['name'], 'ended with status', status, 'see', job['log'], flush=True)
        if job.get('pid_file') and os.path.exists(job['pid_file']):
            os.unlink(job['pid_file'])


def main():
    with open(sys.argv[1]) as file:
        plan = json.load(file)
    preload(plan)
    wait_for_gate(plan.get('gate'))
    children = Children()
    signal.signal(signal.SIGTERM, children.end)
    signal.signal(signal.SIGALRM, lambda *_: children.tell(signal.SIGKILL))
    for job in plan['jobs']:
        children.jobs[fork(job)] = job
        while plan.get('one_by_one') and children.jobs:
            children.wait()
        if plan.get('one_by_one') and children.failed:
            break
    while children.jobs:
        children.wait()
    return 0 if plan.get('stays') else min(children.failed, 100)


if __name__ == '__main__':
    sys.exit(main())
