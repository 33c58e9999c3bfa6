"""A small inbox on disk and the flows over it, for tests of the ledger and the fold."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import text

from hub.flows.gate import Gate, OpenGate
from hub.flows.register import InboxSummary, register_inbox
from hub.flows.stage import StageSummary, stage_pending
from hub.store.archive import Archive
from hub.store.engine import Database

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
        return stage_pending(self.db, self.archive, self.gate)

    def night(self, day: date = DAY) -> StageSummary:
        self.register(day)
        return self.stage()

    def rows(self, sql: str, **params: object) -> list[tuple[object, ...]]:
        with self.db.worker() as conn:
            return [tuple(row) for row in conn.execute(text(sql), params)]

    def uploads(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT file_name, status, code FROM upload ORDER BY upload_id")

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """All feed tables, party records and vehicles, surrogates replaced by what they stand for."""
        found = {}
        feed = "customers"
        for table in (feed, f"{feed}_history"):
            names = [n for (n,) in self.rows(
                "SELECT column_name FROM information_schema.columns WHERE table_name = :t "
                "AND column_name NOT IN ('rid', 'upload_id', 'ended_upload_id') ORDER BY ordinal_position", t=table)]
            columns = ", ".join(f"t.{name}" for name in names)
            found[table] = self.rows(
                f"SELECT u.file_name, u.received_at, e.file_name AS ended_by, {columns} FROM {table} t "
                "LEFT JOIN upload u USING (upload_id) LEFT JOIN upload e ON e.upload_id = t.ended_upload_id "
                "ORDER BY t.dealer, t.record_no, t.incarnation, t.day")
        found["party"] = self.rows("SELECT to_jsonb(p) - 'rid' FROM party p ORDER BY id")
        return found


__all__ = ["DAY", "NOON", "PEOPLE", "Hub", "csv_text", "person", "pl"]
