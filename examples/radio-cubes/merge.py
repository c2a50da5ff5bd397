"""Merge the catalogues of overlapping fields into one.

A galaxy that two fields saw is one galaxy: of rows from different fields at the same
position and frequency the best stays.  Rows of the same field are never merged, since
the source finder has already told those apart.
"""

import argparse
import csv
import sys

from fits import separation


def read_rows(path):
    """Rows of a catalogue; the columns used here must be there and be numbers."""
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        missing = {"id", "field", "ra", "dec", "freq_hz", "snr", "edge"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path}: missing columns {', '.join(sorted(missing))}")
        rows = list(reader)
    for line, row in enumerate(rows, 2):
        try:
            row["place"] = tuple(float(row[key]) for key in ("ra", "dec", "freq_hz"))
            row["rank"] = int(row["edge"]), -float(row["snr"])
        except (TypeError, ValueError):
            raise ValueError(f"{path}, line {line}: not a row of a catalogue") from None
    return reader.fieldnames, rows


def same(one, other, arcsec, hertz):
    ra1, dec1, frequency1 = one["place"]
    ra2, dec2, frequency2 = other["place"]
    near = abs(frequency1 - frequency2) <= hertz
    return near and separation(ra1, dec1, ra2, dec2) <= arcsec


def merge(rows, arcsec, hertz):
    """The best row of each galaxy: whole ones before cut ones, then by S/N."""
    kept = []
    for row in sorted(rows, key=lambda row: row["rank"]):
        twins = (
            old for old in kept
            if row["field"] not in old["fields"] and same(row, old, arcsec, hertz)
        )
        twin = next(twins, None)
        if twin is None:
            kept.append({**row, "fields": {row["field"]}})
        else:
            twin["fields"].add(row["field"])
            print(f"{row['field']} {row['id']} is {twin['field']} {twin['id']}: merged")
    kept.sort(key=lambda row: -float(row["snr"]))
    return [{**row, "id": number} for number, row in enumerate(kept, 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("catalogues", nargs="+", help="catalogues of single fields (CSV)")
    parser.add_argument("--out", required=True, help="the merged catalogue (CSV)")
    parser.add_argument("--arcsec", type=float, default=24.0, help="how near on the sky is the same")
    parser.add_argument("--hertz", type=float, default=3.0e5, help="how near in frequency is the same")
    options = parser.parse_args()
    rows = []
    try:
        for path in options.catalogues:
            columns, found = read_rows(path)
            rows += found
            print(f"{path}: {len(found)} sources")
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    merged = merge(rows, options.arcsec, options.hertz)
    with open(options.out, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(merged)
    print(f"{len(rows)} detections are {len(merged)} galaxies -> {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
