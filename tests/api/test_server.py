"""Several processes of the API answer on one port."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from api.server import command
from hub.settings import Settings
from hub.store.engine import Database


@pytest.mark.parametrize(
    ("workers", "reload", "tail"),
    [(1, False, ("--port", "8000")), (3, False, ("--workers", "3")), (3, True, ("8000", "--reload"))],
)
def test_the_command(workers: int, reload: bool, tail: tuple[str, ...]) -> None:
    assert command("127.0.0.1", 8000, workers, reload)[-2:] == tail


def test_two_processes_answer(settings: Settings, db: Database, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "HUB_HOME": str(settings.home),
        "HUB_DATABASE_URL": db.url_owner,
        "HUB_PROCESS_UPLOADS": "no",
    }
    log = (tmp_path / "log").open("wb")
    with log, subprocess.Popen(command("127.0.0.1", port, 2), env=environment, stdout=log, stderr=log) as process:
        try:
            assert _answers(f"http://127.0.0.1:{port}/readyz", process)
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            assert len(children) >= 2
            assert _listening(port, 2, process)  # each for itself, so that Linux deals connections out
            second = subprocess.run(command("127.0.0.1", port, 2), capture_output=True, text=True)
            assert second.returncode
            assert "cannot be had" in second.stderr
        finally:
            process.terminate()
            process.wait(120)


def _listening(port: int, number: int, process: subprocess.Popen[bytes]) -> bool:
    """Whether so many sockets come to listen on a port."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        if sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows) == number:
            return True
        time.sleep(0.1)
    return False


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return httpx.get(url).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
    return False
