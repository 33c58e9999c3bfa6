"""Several programs as one: started together, ended together, whoever asks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from hub.errors import Conflict

PATIENCE = 70.0  # seconds that a program has to finish its work: the API may be in the middle of an upload


@dataclass(frozen=True)
class Program:
    """A program to run; ``port`` is where it answers when it is ready."""

    name: str
    command: tuple[str, ...]
    port: int | None = None


class _AskedToEnd(BaseException):
    """Somebody asked this process to end."""


def free_port(setting: str, host: str, port: int) -> None:
    """Raise `Conflict` if another program listens on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Conflict(f"Port {port} of {host} is taken ({error.strerror}): set {setting}.") from None


def run_together(
    programs: Sequence[Program], environment: Mapping[str, str], host: str, ready: Callable[[], None]
) -> str | None:
    """Run programs until SIGINT or SIGTERM, or until one ends; then end them all.

    Each has a process group of its own, so that Ctrl-C reaches this process alone and children of children end too.

    Args:
        ready: called once when all ports answer.

    Returns:
        The name of the program that ended by itself, or None.
    """
    running: list[tuple[Program, subprocess.Popen[bytes]]] = []
    try:
        with _asking():
            for program in programs:
                process = subprocess.Popen(program.command, env=dict(environment), start_new_session=True)
                running.append((program, process))
            waiting = {program.port for program in programs if program.port}
            while True:
                for program, process in running:
                    if process.poll() is not None:
                        return program.name
                if waiting:
                    waiting = {port for port in waiting if not _answers(host, port)}
                    if not waiting:
                        ready()
                time.sleep(0.2)
    except _AskedToEnd:
        return None
    finally:
        _end([process for _, process in running])


@contextmanager
def _asking() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into `_AskedToEnd`, also where a shell started this process with SIGINT ignored."""

    def ask(number: int, frame: FrameType | None) -> None:
        raise _AskedToEnd

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask all groups to end, wait, and kill what is left."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    try:
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
    finally:  # also when a second Ctrl-C cuts the patience short
        for process in processes:
            _signal(process, signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _answers(host: str, port: int) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        socket.create_connection((target, port), 0.5).close()
    except OSError:
        return False
    return True
