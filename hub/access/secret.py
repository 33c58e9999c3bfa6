"""The key that signs cursors: from the environment, else made once and kept in HUB_HOME."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hub.settings import Settings

_FILE = "api.secret"


def load_secret(settings: Settings) -> bytes:
    """The signing key. Several machines that serve one hub share it by ``HUB_API_SECRET``."""
    if settings.api_secret:
        return settings.api_secret.encode()
    path = settings.home / _FILE
    if not path.exists():
        _create(path)
    return path.read_bytes()


def _create(path: Path) -> None:
    """Write a new key, readable by its owner alone; the first of several processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32))
    try:
        os.link(temporary, path)  # fails if another process has made it meanwhile
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
