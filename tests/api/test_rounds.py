"""What a serving hub does by itself: what became due while nothing ran is taken up, and a fault does not end the thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.rounds import Round, rounds
from hub.access.opaque_ids import Words
from hub.flows.seal_audit import verify_audit
from hub.store.audit import add_entry
from hub.store.engine import Database
from tests.flows.routing_world import add_dealers, lead_of, send, story


def until(done: Callable[[], bool], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.02)  # between looks; the deadline is what decides


def test_what_is_overdue_is_done_at_once(db: Database, tmp_path: Path) -> None:
    add_dealers(db, "A", "B")
    lead = send(db)  # long ago
    with db.worker() as conn:
        add_entry(conn, "user:anna", "steward", None, "search")
    running = rounds(db, tmp_path, Words.of(b"secret"), private=False)
    for one in running:
        one.start()
    try:
        until(lambda: lead_of(db, lead).dealer == "B")
        until(lambda: verify_audit(db, tmp_path).links == 1)
    finally:
        for one in running:
            one.stop()
    assert story(db, lead) == ["offered A", "warned A", "expired A", "offered B"]


def test_a_fault_is_logged_without_its_words_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def faulty() -> None:
        calls.append(1)
        raise RuntimeError("Иванова")

    faulting = Round("the clock", faulty, pause=0.01)
    with caplog.at_level(logging.ERROR):
        faulting.start()
        try:
            until(lambda: len(calls) > 2)
        finally:
            faulting.stop()
    assert "the clock: RuntimeError" in caplog.text
    assert "Иванова" not in caplog.text


def test_one_that_hangs_keeps_no_other_waiting() -> None:
    # `until` asserts: it gives up when the other round never comes
    release, calls = threading.Event(), list[int]()
    hanging, going = Round("pushing", release.wait), Round("the clock", lambda: calls.append(1), pause=0.01)
    hanging.start()
    going.start()
    try:
        until(lambda: len(calls) > 2)
    finally:
        release.set()
        hanging.stop()
        going.stop()
