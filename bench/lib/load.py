"""The load generator of bench/load, built when needed."""

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

MANIFEST = Path(__file__).parents[1] / "load/Cargo.toml"
TOOLS = Path(__file__).parents[2] / "tools"


def build():
    """Its path."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", MANIFEST.parents[2] / "target")) / "load"
    command = [TOOLS / "with-rust", "cargo", "build", "--quiet", "--release", "--manifest-path", MANIFEST, "--target-dir", target]
    subprocess.run(command, check=True)
    return target / "release/load"


def get(program, address, path, connections, seconds, token_file):
    command = [program, "get", address, path, str(connections), str(seconds), str(token_file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@contextmanager
def bare_server(program, size):
    """The address of a server that answers with `size` bytes and does nothing else."""
    server = subprocess.Popen([program, "serve", str(size)], stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
