"""Which parts of a bed are there, what they take, and whether they answer."""
import os

from . import issuers
from .layout import GREETINGS
from .life import names
from .processes import alive, answers


def show(bed):
    """True when all is well."""
    well, total = issuers.are_up(bed), 0
    print(f'{"up" if well else "down":5}issuers (testbed/oidc/status {bed.path("oidc")})')
    for name in names(bed):
        pid = alive(bed, name)
        memory, seconds = usage(pid) if pid else (0, 0.0)
        total += memory
        well = well and bool(pid)
        print(f'{"up" if pid else "down":5}{name:24}{pid or "":>8} {memory >> 20:6} MiB {seconds:7.1f} s')
    print(f'     {"all":32} {total >> 20:6} MiB (shared pages counted once)')
    for site, data in bed.sites.items():
        mute = [service for service in bed.services(site) if not answers(bed, bed.address(site, service) + GREETINGS[service])]
        well = well and not mute
        said = 'no answer from ' + ', '.join(mute) if mute else 'all answer'
        print(f'{"down" if mute else "up":5}{site} {data["name"]:20} {bed.address(site, "keystone")}/v3: {said}')
    return well


def usage(pid):
    """Memory in bytes and seconds of processor time, of a process and (except for a zygote) all below it."""
    memory, ticks, waiting = 0, 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            with open(f'/proc/{one}/smaps_rollup') as file:
                memory += next(int(line.split()[1]) for line in file if line.startswith('Pss:')) * 1024
            with open(f'/proc/{one}/stat') as file:
                ticks += sum(int(field) for field in file.read().rsplit(')', 1)[1].split()[11:13])
            if not is_zygote(one):
                with open(f'/proc/{one}/task/{one}/children') as file:
                    waiting += [int(child) for child in file.read().split()]
        except OSError:
            continue
    return memory, ticks / os.sysconf('SC_CLK_TCK')


def is_zygote(pid):
    # Its children have lines of their own.
    with open(f'/proc/{pid}/cmdline', 'rb') as file:
        return b'zygote.py' in file.read() and os.getpgid(pid) == pid and os.getsid(pid) == pid
