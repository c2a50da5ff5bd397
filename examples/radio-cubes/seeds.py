"""Run the whole chain for many seeds: how good is the source finder really?

    python3 seeds.py --first 1 --count 30
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from statistics import median

HERE = os.path.dirname(os.path.abspath(__file__))


def run_chain(seed):
    """The report of check.py for this seed."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["sh", os.path.join(HERE, "run-by-hand.sh"), folder, str(seed)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode not in (0, 1):  # 1 is a verdict, not a failure
            raise RuntimeError(f"seed {seed}: {result.stderr}")
        with open(os.path.join(folder, "report.json")) as file:
            return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=30)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.count)
    reports = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for seed, report in zip(seeds, pool.map(run_chain, seeds)):
            reports.append(report)
            missed = ", ".join(f"{source['name']} (S/N {source['snr']})" for source in report["missed"])
            print(f"seed {seed:4}: {report['matched']:2} of {report['injected']:2} found,"
                  f" {len(report['false'])} false, {'passed' if report['passed'] else 'FAILED'}"
                  + (f"; missed {missed}" if missed else ""), flush=True)

    def total(key):
        return sum(report[key] for report in reports)

    false = sum(len(report["false"]) for report in reports)
    faint = sum(s["snr"] < r["limits"]["required_snr"] for r in reports for s in r["missed"])
    print(f"completeness {total('matched')}/{total('injected')}"
          f" = {total('matched') / total('injected'):.4f};"
          f" missed: {faint} faint, {total('injected') - total('matched') - faint} required")
    print(f"reliability {total('found') - false}/{total('found')}"
          f" = {1 - false / total('found'):.4f}")
    print("position error, median of the medians:"
          f" {median(r['position_error_arcsec']['median'] for r in reports):.2f} arcsec")
    print(f"flux ratio, median of the medians: {median(r['flux_ratio']['median'] for r in reports):.3f}")
    print(f"passed {total('passed')} of {len(reports)}")


if __name__ == "__main__":
    sys.exit(main())
