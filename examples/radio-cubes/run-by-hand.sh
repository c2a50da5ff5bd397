#!/bin/sh
# The whole chain without Roadstead: sh run-by-hand.sh [DIRECTORY [SEED]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-results}"
cd "${1:-results}"
for index in 0 1 2; do
    python3 "$here/simulate.py" --index $index --seed "${2:-1420}" \
        --out cube-$index.fits --truth truth-$index.csv
    python3 "$here/find_sources.py" cube-$index.fits \
        --out catalogue-$index.csv --plot moment0-$index.png
done
python3 "$here/merge.py" catalogue-[0-9].csv --out catalogue.csv
python3 "$here/check.py" --catalogue catalogue.csv --truth truth-[0-9].csv --out report.json
