"""Several programs as one: they start, answer, and end together."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

import pytest

from hub.cli.processes import Program, free_port, run_together
from hub.errors import Conflict

SERVER = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), None).serve_forever()"
FOREVER = "import time\nwhile True: time.sleep(1)"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {FOREVER!r}, sys.argv[1]]).wait()"


def program(name: str, code: str, *words: str, port: int | None = None) -> Program:
    return Program(name, (sys.executable, "-c", code, *words), port)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def running(mark: str) -> int:
    """Number of processes with ``mark`` among their arguments."""
    found = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                found += mark.encode() in file.read().split(b"\0")
        except OSError:
            continue
    return found


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_of_them_and_their_children(number: signal.Signals) -> None:
    port = unused_port()
    mark = f"mark-{port}"
    ready = threading.Event()

    def interrupt() -> None:
        ready.wait(120)
        until(lambda: running(mark) == 3)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    threading.Thread(target=interrupt).start()
    programs = [
        program("web", SERVER, str(port), port=port),
        program("job", PARENT, mark),
        program("one", FOREVER, mark),
    ]
    assert run_together(programs, os.environ, "127.0.0.1", ready.set) is None
    assert signal.getsignal(number) is before
    until(lambda: running(mark) == 0)
    free_port("HUB_PORT", "127.0.0.1", port)


def test_when_one_ends_by_itself_the_others_end_too() -> None:
    mark = f"mark-{unused_port()}"
    programs = [program("steady", FOREVER, mark), program("brief", "import sys; sys.exit(3)")]
    assert run_together(programs, os.environ, "127.0.0.1", lambda: None) == "brief"
    assert running(mark) == 0


def test_a_taken_port_names_its_setting() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Conflict, match="HUB_DAGSTER_PORT"):
            free_port("HUB_DAGSTER_PORT", "127.0.0.1", other.getsockname()[1])
