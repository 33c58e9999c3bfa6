"""A small inbox on disk and the flows over it, for tests of the ledger and the fold."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from hub.feeds import FEEDS
from hub.flows.gate import Gate, OpenGate
from hub.flows.register import InboxSummary, register_inbox
from hub.flows.stage import StageSummary, stage
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.uploads import Arrival, enter_upload

DAY = date(2026, 11, 1)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def csv_text(rows: Iterable[Mapping[str, object]], columns: Iterable[str] = ()) -> str:
    """Rows as a CSV file with a heading."""
    rows = list(rows)
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def person(number: str, last: str, first: str, **more: object) -> dict[str, object]:
    """A row of customers."""
    return {"record_no": number, "last_name": last, "first_name": first, "phones": "", **more}


PEOPLE = [
    person("1", "Иванов", "Пётр", phones="+7 916 111-22-33"),
    person("2", "Смирнова", "Анна", phones="+7 916 222-33-44"),
    person("3", "Кузнецов", "Олег", phones="+7 916 333-44-55"),
    person("4", "Попова", "Юлия", phones="+7 916 444-55-66"),
    person("5", "Соколов", "Игорь", phones="+7 916 555-66-77"),
]


@dataclass
class Hub:
    """A database, an archive and an inbox."""

    db: Database
    folder: Path
    gate: Gate = field(default_factory=OpenGate)
    clock: datetime = NOON

    @property
    def archive(self) -> Archive:
        return Archive(self.folder / "archive")

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def put(self, name: str, rows: Iterable[Mapping[str, object]] | str | bytes, dealer: str = "d1") -> Path:
        """Write a file into the inbox."""
        path = self.inbox / dealer / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(rows, bytes):
            rows = (rows if isinstance(rows, str) else csv_text(rows)).encode()
        path.write_bytes(rows)
        stamp = int(self.clock.timestamp()) + len(os.listdir(path.parent))
        os.utime(path, (stamp, stamp))
        return path

    def register(self, day: date = DAY) -> InboxSummary:
        self.clock += timedelta(minutes=1)
        return register_inbox(self.db, self.archive, self.inbox, day, self.clock)

    def stage(self) -> StageSummary:
        return stage(self.db, self.archive, self.gate)

    def night(self, day: date = DAY) -> StageSummary:
        self.register(day)
        return self.stage()

    def rows(self, sql: str, **params: object) -> list[tuple[object, ...]]:
        with self.db.worker() as conn:
            return [tuple(row) for row in conn.execute(text(sql), params)]

    def uploads(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT file_name, status, code FROM upload ORDER BY upload_id")

    def arrive(self, file: Sent, dealer: str = "d1") -> int:
        """Enter one file into the ledger past the inbox, as if a person had released it; returns its upload."""
        with self.db.worker() as conn:
            conn.execute(text("INSERT INTO dealer (code) VALUES (:d) ON CONFLICT DO NOTHING"), {"d": dealer})
            kept = self.archive.keep(io.BytesIO(csv_text(file.rows, file.columns).encode()))
            arrival = Arrival(
                dealer, file.feed, file.name, kept.sha256, kept.bytes, file.day, file.delta, file.received_at, "test"
            )
            upload_id = enter_upload(conn, arrival)
            conn.execute(text("UPDATE upload SET status = 'released' WHERE upload_id = :u"), {"u": upload_id})
        return upload_id

    def forget(self) -> None:
        """Empty the tables that uploads fill."""
        feeds = [table for feed in FEEDS for table in (feed, f"{feed}_history")]
        others = ["party", "party_vehicle", "dirty", "seen_earlier", "rekeyed", "reject", "upload", "entry", "dealer"]
        with self.db.worker() as conn:
            for table in [*feeds, *others]:
                conn.execute(text(f"DELETE FROM {table}"))

    def state(self, feed: str = "customers") -> dict[str, list[tuple[object, ...]]]:
        """A feed's tables, party records and vehicles, surrogates replaced by what they stand for."""
        found = {}
        for table in (feed, f"{feed}_history"):
            columns = self.rows(
                "SELECT string_agg('t.' || column_name, ', ' ORDER BY ordinal_position) "
                "FROM information_schema.columns WHERE table_name = :t "
                "AND column_name NOT IN ('rid', 'upload_id', 'ended_upload_id')",
                t=table,
            )[0][0]
            found[table] = self.rows(
                f"SELECT u.file_name, e.file_name AS ended_by, {columns} FROM {table} t "
                "LEFT JOIN upload u USING (upload_id) LEFT JOIN upload e ON e.upload_id = t.ended_upload_id "
                "ORDER BY t.dealer, t.record_no, t.incarnation, t.day"
            )
        found["party"] = self.rows("SELECT CAST(to_jsonb(p) - 'rid' AS text) FROM party p ORDER BY id")
        found["vehicles"] = self.rows(
            "SELECT p.id, v.vin, v.plate, v.role, v.since, v.until FROM party_vehicle v JOIN party p USING (rid) "
            "ORDER BY 1, 2, 3, 4, 5, 6"
        )
        found["uploads"] = self.rows(
            "SELECT file_name, status, rows_read, rows_loaded, rows_unchanged, rows_quarantined, rows_ended FROM upload "
            "WHERE status <> 'revoked' ORDER BY file_name"
        )
        return found


@dataclass(frozen=True)
class Sent:
    """A file as a dealer sends it."""

    name: str
    day: date
    rows: tuple[Mapping[str, object], ...]
    received_at: datetime
    delta: bool = False
    feed: str = "customers"
    columns: tuple[str, ...] = ()
