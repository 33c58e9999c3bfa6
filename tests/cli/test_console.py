"""What commands print with."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli.console import program


def test_the_next_command_can_be_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / ".venv" / "bin" / "dealerhub"
    installed.parent.mkdir(parents=True)
    installed.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.setattr("sys.argv", [".venv/bin/dealerhub", "demo"])
    assert program() == ".venv/bin/dealerhub"
    monkeypatch.chdir("/")
    monkeypatch.setattr("sys.argv", [str(installed), "demo"])
    assert program() in (str(installed), str(installed).removeprefix("/"))
    monkeypatch.setenv("PATH", f"{installed.parent}:/usr/bin")
    assert program() == "dealerhub", "the environment is activated"
    monkeypatch.setattr("sys.argv", ["/somewhere/hub/cli/__main__.py", "demo"])
    assert program() == "dealerhub"
