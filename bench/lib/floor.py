"""What this computer can do at best: a figure is read beside its floor."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time


def fdatasync_ms(directory="/var/tmp", times=200):
    """Median time to make 4 KiB at the end of a file durable, as each commit must."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=directory) as file:
        for _ in range(times):
            begun = time.perf_counter()
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1e3


def isolated_true_ms(times=60):
    """Median wall time, and mean processor time, to start `true` under bubblewrap and see its end."""
    bubblewrap = shutil.which("bwrap")
    command = [bubblewrap, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-all", "--die-with-parent", "true"]
    before = os.times()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run(command, check=True)
        taken.append(time.perf_counter() - begun)
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return statistics.median(taken) * 1e3, processor / times * 1e3
