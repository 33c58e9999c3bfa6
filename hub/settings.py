"""All configuration that comes from the environment, read once by the composition roots (CLI, API, Dagster).

Every setting is an environment variable ``HUB_<NAME>``; docs/operations.md tables them, and a test compares.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from hub.errors import Invalid

ROOT = Path(__file__).resolve().parents[1]


def default_home() -> Path:
    """``var/`` of the checkout that this code runs from, else of the current folder."""
    return (ROOT if (ROOT / "pyproject.toml").exists() else Path.cwd()) / "var"


def _setting(about: str, default: Any = None) -> Any:  # typed as `dataclasses.field` is: as what it stands for
    """A dataclass field with its line of documentation."""
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True)
class Settings:
    """The hub's configuration. Field ``x`` is the environment variable ``HUB_X``."""

    home: Path = field(
        default_factory=default_home,
        metadata={"about": "Folder of all state: embedded server, archive, Dagster, logs."},
    )
    database_url: str | None = _setting(
        "URL of a PostgreSQL ≥ 15 to use instead of the embedded server; its user owns the schema and may create "
        "roles, or is a member of `hub_worker` and `hub_api`."
    )
    api_database_url: str | None = _setting(
        "URL that the API connects with, when it logs in as `hub_api` itself; by default `HUB_DATABASE_URL` "
        "with the role `hub_api`."
    )
    inbox: Path | None = _setting(  # noqa: RUF009 (it is a dataclass field)
        "Folder that Dagster watches; by default `inbox` below `HUB_HOME`."
    )
    host: str = _setting("Address that the API and Dagster's web UI listen on.", "127.0.0.1")
    port: int = _setting("Port of the API.", 8000)
    dagster_port: int = _setting("Port of Dagster's web UI.", 3000)
    api_secret: str | None = _setting(
        "Key that signs the API's cursors and turns numbers of uploads into words, to share among several machines; by "
        "default made once and kept in `HUB_HOME`."
    )
    upload_limit_mb: int = _setting("Largest file that the API takes, in megabytes.", 1024)
    process_uploads: bool = _setting(
        "Whether the API's own worker processes what it is sent at once (`yes` or `no`); else the nightly job does.",
        True,
    )
    webhook_private: bool = _setting(
        "Whether leads may be pushed to plain http and to private addresses (`yes` or `no`): only where all dealers' "
        "systems are within the importer's own network.",
        False,
    )
    rate_each: int = _setting(
        "Requests a second that each key and each session may make, ten times as many at once; 0: any number. All rates are "
        "of each process of the API.",
        300,
    )
    rate_fast: int = _setting(
        "The same for what programs ask on behalf of many people: matching, leads, permission to contact.", 3000
    )
    rate_refused: int = _setting(
        "Requests a minute with a wrong key, or none, that an address may make; 0: any number.", 120
    )
    rate_sign_in: int = _setting("Tries a minute to sign in, of each address and for each login; 0: any number.", 20)
    debug: bool = _setting("Whether a command that fails by the hub's own fault shows its traceback.", False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read ``HUB_*`` variables; an empty one counts as not set.

        Raises:
            Invalid: a value cannot be read; the message names the variable.
        """
        given = os.environ if environ is None else environ
        return cls(
            **{f.name: _read(f.name, str(f.type), text) for f in fields(cls) if (text := given.get(variable(f.name)))}
        )

    @property
    def inbox_dir(self) -> Path:
        """The folder that the sensor watches."""
        return self.inbox or self.home / "inbox"

    @property
    def archive_dir(self) -> Path:
        """Where the bytes of every upload are kept, by content hash."""
        return self.home / "archive"

    @property
    def dagster_dir(self) -> Path:
        """Where Dagster keeps its runs and logs."""
        return self.home / "dagster"


def variable(name: str) -> str:
    """The environment variable of a field: ``port`` → ``HUB_PORT``."""
    return f"HUB_{name.upper()}"


_FLAGS = {
    "yes": True,
    "true": True,
    "on": True,
    "1": True,
    "no": False,
    "false": False,
    "off": False,
    "0": False,
}


def _read(name: str, kind: str, text: str) -> Any:
    """A variable's text as the field's kind."""
    if kind == "bool":
        if text.lower() not in _FLAGS:
            raise Invalid(f"{variable(name)} must be yes or no, not {text!r}.")
        return _FLAGS[text.lower()]
    if kind == "int":
        if not (text.isascii() and text.isdigit() and 0 <= int(text) < 65536):
            what = "a port number from 0 to 65535" if name.endswith("port") else "a whole number below 65536"
            raise Invalid(f"{variable(name)} must be {what}, not {text!r}.")
        return int(text)
    if name.endswith("database_url") and not text.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
        raise Invalid(f"{variable(name)} must begin with postgresql://, as in postgresql://user@host:5432/hub.")
    if kind.startswith("Path"):
        return Path(text).expanduser().absolute()
    return text
