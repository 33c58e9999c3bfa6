"""The worker behind the API: from upload to receipt within seconds, whatever fails on the way."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from hub.flows.gate import ISSUE_SCHEMA, OpenGate
from hub.settings import Settings
from hub.store.engine import Database
from tests.api.serving import NORTH, Served, serve


class Censor(OpenGate):
    """A gate that sets aside the city of Tula, and fails as often as it is told to."""

    failures = 0

    def check(self, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
        if self.failures:
            self.failures -= 1
            raise OSError("no room for Тула")
        bad = frame.filter(pl.col("city") == "Тула") if "city" in frame.columns else frame.clear()
        issue = {
            "column": "city",
            "value": "Тула",
            "rule": "no_tula",
            "reason": "=Tula is closed.",
            "severity": "value",
        }
        found = bad.select("_upload", "_row", **{name: pl.lit(text) for name, text in issue.items()})
        return found.match_to_schema(pl.Schema(ISSUE_SCHEMA))


@pytest.fixture
def gate() -> Censor:
    """The gate of this test's hub."""
    return Censor()


@pytest.fixture
def busy(settings: Settings, db: Database, gate: Censor) -> Iterator[Served]:
    """An empty hub with its worker on."""
    with serve(settings, db, lambda: gate) as served:
        yield served


def wait(served: Served, location: str, done: Callable[[dict[str, Any]], bool], seconds: float = 120) -> dict[str, Any]:
    """The upload as soon as it is as wanted."""
    deadline = time.monotonic() + seconds
    while True:
        body: dict[str, Any] = served.get("head_office", location).json()
        if done(body):
            return body
        assert time.monotonic() < deadline, body
        time.sleep(0.05)


def finished(body: dict[str, Any]) -> bool:
    """Whether processing has ended."""
    return body["status"] not in ("received", "released")


def test_a_dealer_reads_receipt_and_rejects(busy: Served) -> None:
    location = busy.post("D001", "/v1/uploads?feed=customers&name=customers.csv", content=NORTH.encode()).headers[
        "location"
    ]
    body = wait(busy, location, finished)
    assert body["status"] == "accepted"
    assert body["receipt"] == {
        "rows_read": 3, "rows_loaded": 3, "rows_quarantined": 0, "rows_suppressed": 0, "rows_unchanged": 0,
        "rows_ended": 0, "values_set_aside": 1,
    }  # fmt: skip
    answer = busy.get("D001", f"{location}/rejects")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    headings, mended = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=",")
    assert headings[:-1] == NORTH.splitlines()[0].split(",")
    assert mended[:2] == ["2", "Петров Иван Сергеевич"]
    assert "Tula is closed." in mended[-1]
    home = busy.app.state.settings.home
    assert not [path for path in home.rglob("*") if path.name.startswith(("rejects-", "arriving-"))]


def test_rejects_of_a_file_without_any(busy: Served) -> None:
    location = busy.post("D001", "/v1/uploads?feed=sales&name=sales.csv", content=b"record_no\n1\n").headers["location"]
    wait(busy, location, finished)
    assert len(busy.get("D001", f"{location}/rejects").content.decode("utf-8-sig").splitlines()) == 1


def test_golden_records_follow(busy: Served) -> None:
    busy.post("D001", "/v1/uploads?feed=customers&name=customers.csv", content=NORTH.encode())
    deadline = time.monotonic() + 120
    while not (items := busy.get("D001", "/v1/customers?q=Иванова").json()["items"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert items[0]["records"] == 1


def test_the_same_bytes_load_once(busy: Served) -> None:
    paths = [
        busy.post("D001", f"/v1/uploads?feed=customers&name={name}", content=NORTH.encode()).headers["location"]
        for name in ("a.csv", "b.csv")
    ]
    statuses = [wait(busy, path, finished)["status"] for path in paths]
    assert statuses == ["accepted", "duplicate"]


def test_the_worker_outlives_a_fault_and_tries_again(
    busy: Served, gate: Censor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("api.processing.POLL", 0.05)
    gate.failures = 2
    location = busy.post("D001", "/v1/uploads?feed=customers", content=NORTH.encode()).headers["location"]
    assert wait(busy, location, finished)["status"] == "accepted"
    assert "OSError" in caplog.text
    assert "Тула" not in caplog.text
    assert 'dealerhub_processing_runs_total{outcome="failed"} 2.0' in busy.get("head_office", "/metrics").text


def test_an_unreadable_file_is_refused_with_a_cure(busy: Served) -> None:
    location = busy.post("D001", "/v1/uploads?feed=customers&name=x.xlsx", content=b"PK\x03\x04 broken").headers[
        "location"
    ]
    body = wait(busy, location, finished)
    assert (body["status"], body["code"]) == ("refused", "unreadable")
    assert body["reason"]


@pytest.mark.parametrize(("verb", "end"), [("release", "accepted"), ("reject", "rejected")])
def test_a_person_decides_about_a_held_file(busy: Served, verb: str, end: str) -> None:
    first = busy.post("D001", "/v1/uploads?feed=customers&day=2026-11-01", content=NORTH.encode()).headers["location"]
    wait(busy, first, finished)
    cut = "\n".join(NORTH.splitlines()[:2]) + "\n"
    second = busy.post("D001", "/v1/uploads?feed=customers&day=2026-11-02", content=cut.encode()).headers["location"]
    held = wait(busy, second, finished)
    assert (held["status"], held["code"]) == ("held", "volume")
    assert busy.post("D001", f"{second}/{verb}").status_code == 403
    answer = busy.post("steward", f"{second}/{verb}", json={"reason": "branch closed"})
    assert (answer.status_code, answer.headers["location"]) == (202, second)
    assert wait(busy, second, finished)["status"] == end
    assert busy.post("steward", f"{second}/{verb}").status_code == 409
    assert busy.post("steward", f"{second}/{verb}", json={"dealer": "D002"}).status_code == 422
    with busy.db.worker() as conn:
        decision = conn.execute(sa.text("SELECT author, body FROM entry WHERE kind = 'decision'")).one()
    assert decision.author.startswith("api:")
    assert decision.body["reason"] == "branch closed"


def test_files_of_the_inbox_are_left_to_the_nightly_job(busy: Served) -> None:
    with busy.db.worker() as conn:
        conn.execute(
            sa.text(
                """WITH e AS (INSERT INTO entry (kind, dealer, received_at, author) VALUES ('upload', 'D002', now(), 'inbox')
                   RETURNING entry_id) INSERT INTO upload (upload_id, dealer, feed, file_name, sha256, bytes, day, delta,
                   received_at, status) SELECT entry_id, 'D002', 'sales', 'x', 'x', 1, '2026-11-01', false, now(), 'received'
                   FROM e"""
            )
        )
    location = busy.post("D001", "/v1/uploads?feed=customers", content=NORTH.encode()).headers["location"]
    wait(busy, location, finished)
    assert [upload["status"] for upload in busy.get("D002", "/v1/uploads").json()["items"]] == ["received"]
