"""A rehearsal beside other work: it ends with this process, and a failure is told."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from hub.flows.rehearse import COMMAND, begin


def test_a_failure_is_told_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        begin((sys.executable, "-c", "raise SystemExit('the disk is full')")).join()
    assert [record.getMessage() for record in caplog.records] == [
        "Loops were not compiled ahead, so the first match compiles them: exit code 1. the disk is full"
    ]


def test_success_is_silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    begin((sys.executable, "-c", "print('compiled')")).join()
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_it_ends_with_the_process_that_began_it() -> None:
    # the inner process would sleep for an hour, and hears of no wish to end it
    inner = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
    code = f"import sys; from hub.flows.rehearse import begin; begin((sys.executable, '-c', {inner!r}))"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert (run.stdout, run.stderr) == ("", "")


def test_what_is_begun_can_be_run() -> None:
    subprocess.run(COMMAND, check=True)  # raises if it failed


def test_loops_are_loaded_in_the_process_itself() -> None:
    code = (
        "import sys; from threading import enumerate as threads; from hub.flows.rehearse import load_beside\n"
        "load_beside(); load_beside()\n"
        "print([thread.join() for thread in threads() if thread.name == 'loading'], 'numba' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[None] True"
