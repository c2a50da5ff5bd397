"""The table that people read, the JSON that programs read, and the exit status."""

import json
import os
import platform
import sys
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"


class Load:
    """How much of the processors others took meanwhile: a figure of a busy computer says little about the program."""

    def __init__(self):
        self.before = self.look()

    @staticmethod
    def look():
        ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        idle = ticks[3] + ticks[4]
        return sum(ticks), sum(ticks) - idle

    def busy(self):
        """The part of all processors that was busy since it was made, 0 to 1."""
        total, used = (now - then for now, then in zip(self.look(), self.before))
        return used / max(total, 1)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{os.cpu_count()} x {model}, {memory:.0f} GB, Linux {platform.release()}, load {load} at the start"


class Report:
    def __init__(self, identifier):
        self.identifier = identifier
        self.machine = machine()
        self.figures, self.peers = [], []

    def figure(self, name, value, unit, target=None, better="lower"):
        met = None if target is None else (value <= target if better == "lower" else value >= target)
        self.figures.append(
            {"name": name, "value": round(value, 3), "unit": unit, "better": better, "target": target, "met": met}
        )
        print(f"  measured: {name}: {value:.4g} {unit}", file=sys.stderr, flush=True)

    def floor(self, name, value, unit):
        """What nothing on this computer can beat; it has no target."""
        self.figure(f"floor: {name}", value, unit)

    def peer(self, peer, name, value, unit, source):
        self.peers.append({"peer": peer, "name": name, "value": value, "unit": unit, "source": source})

    def finish(self):
        rows = [("figure", "measured", "target", "")]
        for one in self.figures:
            sign = {"lower": "<=", "higher": ">="}[one["better"]]
            target = "" if one["target"] is None else f"{sign} {one['target']:g} {one['unit']}"
            word = {None: "", True: "met", False: "MISSED"}[one["met"]]
            rows.append((one["name"], f"{one['value']:g} {one['unit']}", target, word))
        for one in self.peers:
            rows.append((f"{one['peer']}: {one['name']}", f"{one['value']} {one['unit']}", "", one["source"]))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        print(self.machine)
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths)), row[3])
        RESULTS.mkdir(parents=True, exist_ok=True)
        result = {
            "id": self.identifier,
            "command": f"make bench ID={self.identifier}",
            "machine": self.machine,
            "figures": self.figures,
            "peers": self.peers,
        }
        (RESULTS / f"{self.identifier}.json").write_text(json.dumps(result, indent=1) + "\n")
        return 1 if any(one["met"] is False for one in self.figures) else 0
