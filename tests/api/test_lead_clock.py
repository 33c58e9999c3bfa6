"""The worker of the API: what became due while nothing ran is taken up, and a fault does not end the thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import pytest

import api.lead_clock
from api.lead_clock import LeadClock
from hub.store.engine import Database
from tests.flows.routing_world import add_dealers, lead_of, send, story


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.02)


def test_what_is_overdue_is_done_at_once(db: Database) -> None:
    add_dealers(db, "A", "B")
    lead = send(db)  # long ago
    clock = LeadClock(db, private=False)
    clock.start()
    try:
        until(lambda: lead_of(db, lead).dealer == "B")
    finally:
        clock.stop()
    assert story(db, lead) == ["offered A", "warned A", "expired A", "offered B"]


def test_a_fault_is_logged_without_its_words_and_tried_again(
    db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def faulty(*_: object) -> None:
        calls.append(1)
        raise RuntimeError("Иванова")

    monkeypatch.setattr(api.lead_clock, "run_clock", faulty)
    monkeypatch.setattr(api.lead_clock, "PAUSE", 0.01)
    clock = LeadClock(db, private=False)
    with caplog.at_level(logging.ERROR):
        clock.start()
        try:
            until(lambda: len(calls) > 2)
        finally:
            clock.stop()
    assert "RuntimeError" in caplog.text
    assert "Иванова" not in caplog.text
