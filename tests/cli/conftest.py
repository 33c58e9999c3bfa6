"""Run `dealerhub` as a shell does, in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hub.cli.app import run
from hub.settings import Settings

Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Done:
    """What a command left: exit code and output."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def dealerhub(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Command:
    """The command, on a fresh database and an empty home."""
    monkeypatch.setenv("HUB_HOME", str(settings.home))
    monkeypatch.setenv("HUB_DATABASE_URL", settings.database_url or "")
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words: object) -> Done:
        monkeypatch.setattr("sys.argv", ["dealerhub", *map(str, words)])
        try:
            run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return call
