from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hub.errors import NotFound
from hub.store import uploads
from hub.store.engine import Database
from hub.store.uploads import Arrival, Counts, Verdict

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
DAY = date(2026, 11, 20)


@pytest.fixture
def conn(db: Database) -> Iterator[sa.Connection]:
    """A transaction with the dealer d1."""
    with db.worker() as connection:
        uploads.add_unregistered(connection, "d1")
        yield connection


def arrival(sha256: str = "a" * 64, **more: object) -> Arrival:
    values = {"dealer": "d1", "feed": "customers", "file_name": "c.csv", "bytes": 10, "day": DAY, "delta": False}
    return Arrival(**{**values, "received_at": NOW, "author": "test", "sha256": sha256, **more})  # type: ignore[arg-type]


def test_an_upload_is_an_entry_of_the_ledger(conn: sa.Connection) -> None:
    upload_id = uploads.enter_upload(conn, arrival(mtime_ns=5, manifest={"rows": 1}))
    found = uploads.find_upload(conn, upload_id)
    assert (found.status, found.manifest, found.filed.day) == ("received", {"rows": 1}, DAY)
    assert conn.scalar(sa.text("SELECT kind FROM entry WHERE entry_id = :i"), {"i": upload_id}) == "upload"
    assert list(uploads.arrived_files(conn, "d1")) == [("c.csv", 10, 5)]
    assert uploads.waiting(conn) == {"customers": {"d1": 10}}
    assert uploads.waiting(conn, ["d2"]) == {}
    with pytest.raises(NotFound):
        uploads.find_upload(conn, upload_id + 1)


def test_packed_files_weigh_more(conn: sa.Connection) -> None:
    uploads.enter_upload(conn, arrival(file_name="c.csv.gz"))
    assert uploads.waiting(conn) == {"customers": {"d1": 80}}


def test_the_base_refuses_counts_that_do_not_balance(conn: sa.Connection) -> None:
    upload_id = uploads.enter_upload(conn, arrival())
    uploads.settle(conn, [Verdict(upload_id, "accepted", counts=Counts(3, 1, 1, 0, 1))], NOW)
    with pytest.raises(IntegrityError), conn.begin_nested():
        uploads.settle(conn, [Verdict(upload_id, "accepted", counts=Counts(3, 1, 1, 0, 0))], NOW)


def test_the_base_refuses_the_same_bytes_twice_a_day(conn: sa.Connection) -> None:
    first, second = (uploads.enter_upload(conn, arrival()) for _ in range(2))
    uploads.settle(conn, [Verdict(first, "accepted")], NOW)
    with pytest.raises(IntegrityError), conn.begin_nested():
        uploads.settle(conn, [Verdict(second, "accepted")], NOW)
    uploads.settle(conn, [Verdict(second, "duplicate", "duplicate")], NOW)


def test_verdicts_gather_warnings_and_ends() -> None:
    verdict = Verdict(1, "accepted", counts=Counts(2, 2)).warned("a").warned("b", "c").ending(5)
    assert (list(verdict.warnings), verdict.counts) == (["a", "b", "c"], Counts(2, 2, ended=5))
