"""many-runs.py DATABASE RUN NUMBER: that many runs more, older than all others, each as this one that has ended.

For a gateway that does not run: through the API ten thousand runs would take minutes."""

import json
import sqlite3
import sys

path, model, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
with sqlite3.connect(path) as database:
    database.row_factory = sqlite3.Row
    (found,) = database.execute("SELECT * FROM run WHERE id = ?", (model,))
    row = dict(found)
    doc = json.loads(row["doc"])

    def copy(index):
        # Digits alone are an identifier too, of the beginning of time.
        names = {"id": f"run-{index:026}", "name": f"observation-{index}"}
        return {**row, **names, "doc": json.dumps({**doc, **names}, separators=(",", ":"))}

    columns = ", ".join(row)
    values = ", ".join(f":{column}" for column in row)
    database.executemany(f"INSERT INTO run ({columns}) VALUES ({values})", map(copy, range(1, number + 1)))
database.close()
