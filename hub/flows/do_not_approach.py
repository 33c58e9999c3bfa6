"""Each dealer's list of people to leave alone, as a file beside its receipts, in the layout of its own customers file."""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import RowMapping

from hub.dealers.specification import FeedSpec, canonical_spec
from hub.flows.receipts import FOLDER
from hub.flows.register import parse_specification
from hub.prospects.policy import start_policy
from hub.store.engine import Database
from hub.store.prospects import taken_of_all
from hub.store.specifications import latest_specifications, specification_bodies

NAME = "do_not_approach.csv"


def write_do_not_approach(db: Database, home: Path, at: datetime) -> int:
    """Write ``home``/receipts/<dealer>/do_not_approach.csv for each dealer that has receipts; returns how many.

    Columns: the customer's number under the dealer's own heading, brand, purpose, until. Encoding and delimiter are those
    of the dealer's customers file, UTF-8 and ``,`` by default. A list that became empty is written empty.
    """
    folders = sorted(path for path in (home / FOLDER).glob("*") if path.is_dir())
    with db.worker() as conn:
        rows = taken_of_all(conn, at, start_policy().version)
        latest = latest_specifications(conn, [path.name for path in folders])
        bodies = specification_bodies(conn, list(latest.values()))
    lists: dict[str, list[RowMapping]] = defaultdict(list)
    for row in rows:
        lists[row["dealer"]].append(row)
    for folder in folders:
        spec = canonical_spec("customers")
        if folder.name in latest:
            spec = parse_specification(bodies[latest[folder.name]], folder.name).feed("customers")
        draft = folder / f".{NAME}.{os.getpid()}.tmp"
        draft.write_bytes(_file(lists[folder.name], spec))
        os.replace(draft, folder / NAME)
    return len(folders)


def do_not_approach_file(db: Database, dealer: str, at: datetime) -> bytes:
    """One dealer's list as it stands now, in the layout of its own customers file."""
    with db.worker() as conn:
        rows = taken_of_all(conn, at, start_policy().version, dealer)
        spec_id = latest_specifications(conn, [dealer]).get(dealer)
        spec = canonical_spec("customers")
        if spec_id is not None:
            spec = parse_specification(specification_bodies(conn, [spec_id])[spec_id], dealer).feed("customers")
    return _file(rows, spec)


def _file(rows: Sequence[RowMapping], spec: FeedSpec) -> bytes:
    source = spec.columns.get("record_no")
    heading = source.column[0] if source is not None and source.column else "record_no"
    out = io.StringIO()
    writer = csv.writer(out, delimiter=spec.delimiter or ",", lineterminator="\r\n")
    writer.writerow([heading, "brand", "purpose", "until"])
    for row in rows:
        # a lead that no customer's number goes with is named by its own
        number = row["account"] or f"lead {row['record_no']}"
        writer.writerow([number, row["brand"], row["purpose"], f"{row['until']:%Y-%m-%d}" if row["until"] else ""])
    return out.getvalue().encode(spec.encoding or "utf-8", errors="replace")
