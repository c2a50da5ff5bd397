"""Pythons that have the peers, each fetched once."""

import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).parents[2] / "target/bench-peers"
SDK = ("sdk", "openstacksdk==4.22.0")


def python_with(name, *packages):
    home = HOME / name
    python = home / "bin/python"
    if not (home / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (home / "made").touch()
    return python
