"""The command that serves the API: uvicorn, in one process or several.

Processes that share one listening socket do not share the work: whichever wakes first takes all connections that wait, and
callers that keep their connections stay with it. So each process listens for itself on the same port, and Linux deals
connections out (`SO_REUSEPORT`). Other systems do not deal evenly; there the processes share a socket.
"""

from __future__ import annotations

import argparse
import socket
import sys
from typing import Any

APP = "api.app:from_env"
PROTOCOL = "api.one_write:OneWrite"


def command(host: str, port: int, workers: int = 1, reload: bool = False) -> tuple[str, ...]:
    """The program and its arguments; it reads its settings from the environment.

    Args:
        workers: processes that answer; connections are spread over them.
        reload: start anew when the code changes; then there is one process.
    """
    where = ("--host", host, "--port", str(port))
    if workers > 1 and not reload and sys.platform == "linux":
        return (sys.executable, "-m", "api.server", *where, "--workers", str(workers))
    parts = (sys.executable, "-m", "uvicorn", "--factory", APP, "--http", PROTOCOL, *where)
    if reload:
        return (*parts, "--reload")
    return (*parts, "--workers", str(workers)) if workers > 1 else parts


class OwnSocket(socket.socket):
    """A socket bound to an address; each process that it is handed to gets another, bound to the same address."""

    @classmethod
    def bound(cls, host: str, port: int) -> OwnSocket:
        """Bound, beside others of its kind."""
        made = cls(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((host, port))
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return OwnSocket.bound, self.getsockname()[:2]


def _refuse_taken(host: str, port: int) -> None:
    """Beside another server's sockets of this kind ours could be bound as well, and requests would go to either.

    Raises:
        OSError: the port is taken.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def main() -> None:
    """Serve with several processes; one that ends is replaced."""
    from uvicorn import Config
    from uvicorn.supervisors import Multiprocess

    parser = argparse.ArgumentParser(prog="api.server", description="The API in several processes.")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    asked = parser.parse_args()
    try:
        _refuse_taken(asked.host, asked.port)
        own = OwnSocket.bound(asked.host, asked.port)
    except OSError as error:
        sys.exit(
            f"Port {asked.port} of {asked.host} cannot be had: {error.strerror}. Set HUB_PORT, or stop who has it."
        )
    config = Config(APP, factory=True, http=PROTOCOL, host=asked.host, port=asked.port, workers=asked.workers)
    Multiprocess(config, sockets=[own]).run()


if __name__ == "__main__":
    main()
