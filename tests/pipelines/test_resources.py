from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hub.errors import Held
from pipelines.resources import RunLog, StepError, described


@dataclass
class Lines:
    """A log, and another watcher, that keep what they are told."""

    told: list[str] = field(default_factory=list)

    def info(self, line: str) -> None:
        self.told.append(line)

    def advance(self, step: str, done: int, total: int, dealer: str | None = None) -> None:
        self.told.append(f"{step} {done}/{total} {dealer}")


def test_the_log_is_told_now_and_then_and_the_watcher_always(monkeypatch: pytest.MonkeyPatch) -> None:
    log, watcher = Lines(), Lines()
    clock = iter(range(100))
    monkeypatch.setattr("pipelines.resources.time.monotonic", lambda: next(clock))
    progress = RunLog(log, watcher)
    for done in range(1, 9):
        progress.advance("stage", done * 1000, 8000, "d1")
    assert len(watcher.told) == 8
    assert 0 < len(log.told) < 4
    assert log.told[0].startswith("stage: ")
    assert log.told[0].endswith(" of 8,000")


def test_an_expected_error_stays_as_it_is() -> None:
    error = Held("The file has 3 rows where 100 are usual. Release it if that is right.")
    assert described(error, "stage") is error


def test_an_unexpected_error_keeps_its_place_and_loses_its_text() -> None:
    try:
        int("Канарейкин")
    except ValueError as error:
        told = described(error, "stage")
    assert isinstance(told, StepError)
    assert "ValueError at test_resources.py:" in told.detail
    assert "Канарейкин" not in told.detail
