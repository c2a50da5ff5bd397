"""Compare what was found with what was injected.

Completeness is the part of the injected sources that was found, reliability the part
of the found ones that was injected.  Exit code 1: a source that must be found is
missing, or too many were found that nobody injected.  Exit code 2: bad input.
"""

import argparse
import csv
import json
import math
import statistics
import sys

from fits import separation

PLACE = ("ra", "dec", "freq_hz")


def read_rows(path, name, columns):
    """Rows with a name and with `columns` as numbers."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        missing = {name, *columns} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path}: missing columns {', '.join(sorted(missing))}")
        try:
            return [{**row, **{key: float(row[key]) for key in columns}} for row in reader]
        except (TypeError, ValueError):
            raise ValueError(f"{path}: a row has something that is not a number") from None


def read_truth(paths):
    """Injected sources by name.  One on a border is in two tables: whole in one, if at all."""
    sources = {}
    for path in paths:
        for row in read_rows(path, "name", (*PLACE, "flux_jy_hz", "snr", "whole")):
            if row["name"] not in sources or row["whole"]:
                sources[row["name"]] = row
    return list(sources.values())


def match(found, injected, arcsec, hertz):
    """Pairs (found, injected, distance), the nearest first, each at most once."""
    pairs = []
    for f, one in enumerate(found):
        for i, other in enumerate(injected):
            if abs(one["freq_hz"] - other["freq_hz"]) <= hertz:
                distance = separation(one["ra"], one["dec"], other["ra"], other["dec"])
                if distance <= arcsec:
                    pairs.append((distance, f, i))
    matches, used_found, used_injected = [], set(), set()
    for distance, f, i in sorted(pairs):
        if f not in used_found and i not in used_injected:
            used_found.add(f)
            used_injected.add(i)
            matches.append((found[f], injected[i], distance))
    return matches


def compare(found, injected, options):
    """The report: figures, and whether they are good enough."""
    matches = match(found, injected, options.arcsec, options.hertz)
    seen = {source["name"] for _, source, _ in matches}
    true = {row["id"] for row, _, _ in matches}
    # Of a source that the survey sees only in part, nothing can be demanded.
    whole = [source for source in injected if source["whole"]]
    missed = [source for source in whole if source["name"] not in seen]
    missing = [source["name"] for source in missed if source["snr"] >= options.required_snr]
    false = [row["id"] for row in found if row["id"] not in true]
    good = [(row, source, distance) for row, source, distance in matches if source["whole"]]
    ratios = [row["flux_jy_hz"] / source["flux_jy_hz"] for row, source, _ in good]
    distances = [distance for _, _, distance in good]

    def figure(value, digits):
        return round(value, digits) if good else None

    return {
        "injected": len(whole),
        "found": len(found),
        "matched": len(good),
        "matched_at_border": len(matches) - len(good),
        "completeness": round(len(good) / len(whole), 4) if whole else None,
        "reliability": round(len(matches) / len(found), 4) if found else None,
        "position_error_arcsec": {
            "median": figure(statistics.median(distances or [0]), 2),
            "rms": figure(math.sqrt(statistics.fmean([d * d for d in distances] or [0])), 2),
            "largest": figure(max(distances, default=0), 2),
        },
        "flux_ratio": {
            "median": figure(statistics.median(ratios or [0]), 3),
            "smallest": figure(min(ratios, default=0), 3),
            "largest": figure(max(ratios, default=0), 3),
        },
        "missed": [{"name": source["name"], "snr": source["snr"]} for source in missed],
        "missing": missing,
        "false": false,
        "limits": {"required_snr": options.required_snr, "max_false": options.max_false},
        "passed": not missing and len(false) <= options.max_false,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalogue", required=True, help="what was found (CSV)")
    parser.add_argument("--truth", nargs="+", required=True, help="what was injected (CSV)")
    parser.add_argument("--out", required=True, help="the report (JSON)")
    parser.add_argument("--arcsec", type=float, default=24.0, help="largest distance of a match")
    parser.add_argument("--hertz", type=float, default=3.0e5, help="largest difference of a match")
    parser.add_argument("--required-snr", type=float, default=10.0,
                        help="injected sources from this S/N up must be found")
    parser.add_argument("--max-false", type=int, default=0, help="false detections allowed")
    options = parser.parse_args()
    try:
        found = read_rows(options.catalogue, "id", (*PLACE, "flux_jy_hz"))
        injected = read_truth(options.truth)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    report = compare(found, injected, options)
    with open(options.out, "w") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
    print(f"{report['matched']} of {report['injected']} injected sources found"
          f" and {report['matched_at_border']} more on the border of the survey")
    print(f"{len(report['false'])} of {report['found']} detections are false")
    if report["matched"]:
        print(f"position error {report['position_error_arcsec']['median']} arcsec,"
              f" flux ratio {report['flux_ratio']['median']} (medians)")
    for source in report["missed"]:
        print(f"missed {source['name']}, S/N {source['snr']}")
    for number in report["false"]:
        print(f"false detection: catalogue row {number}")
    print("passed" if report["passed"] else "FAILED")
    return 0 if report["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
