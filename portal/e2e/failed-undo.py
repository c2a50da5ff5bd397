"""failed-undo.py DATABASE RUN: the flow of the run's attempt as if what it owned could not have been removed.

For a gateway that does not run: no harmless way makes a removal on this computer fail for as long as it would take."""

import json
import sqlite3
import sys

path, run = sys.argv[1:]
problem = {
    "code": "RS-7004",
    "title": "A service failed",
    "detail": "The directory of the attempt could not be removed: <b>Operation not permitted</b>",
    "remedy": "Look why, put it right, and try the undo again.",
}
with sqlite3.connect(path) as database:
    changed = database.execute(
        "UPDATE flow SET status = 'undo_failed', direction = -1, error = ? WHERE subject LIKE ? || '%'",
        (json.dumps(problem), run),
    )
    assert changed.rowcount == 1, changed.rowcount
database.close()
