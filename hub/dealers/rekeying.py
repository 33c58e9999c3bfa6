"""A table of old and new record numbers, as a dealer hands it over with a change of its DMS."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hub.dealers.documents import read_text
from hub.errors import Invalid

COLUMNS = ("old_no", "new_no")


def read_pairs(path: Path) -> tuple[tuple[str, str], ...]:
    """The pairs (old, new) of a CSV file with columns ``old_no`` and ``new_no``, separated by ``,`` ``;`` or tabs.

    Raises:
        Invalid: a column is missing, or a row has other than two cells.
    """
    text = read_text(path)
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    heading = [word.strip().lower() for word in rows[0]] if rows else []
    if missing := [name for name in COLUMNS if name not in heading]:
        raise Invalid(f"{path.name}: no column {' and '.join(missing)}; the first row names the columns.")
    places = [heading.index(name) for name in COLUMNS]
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(heading):
            raise Invalid(f"{path.name}: row {number} has {len(row)} cells, the heading {len(heading)}.")
    return tuple((row[places[0]].strip(), row[places[1]].strip()) for row in rows[1:])
