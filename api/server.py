"""The command that serves the API: uvicorn, in one process or several."""

from __future__ import annotations

import sys


def command(host: str, port: int, workers: int = 1, reload: bool = False) -> tuple[str, ...]:
    """The program and its arguments; it reads its settings from the environment.

    Args:
        workers: processes that answer; connections are spread over them.
        reload: start anew when the code changes; then there is one process.
    """
    parts = [sys.executable, "-m", "uvicorn", "--factory", "api.app:from_env", "--host", host, "--port", str(port)]
    if reload:
        return (*parts, "--reload")
    return (*parts, "--workers", str(workers)) if workers > 1 else tuple(parts)
