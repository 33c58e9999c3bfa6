"""What tests share: one embedded PostgreSQL for all sessions, and a fresh migrated database for each test that asks.

The server lives in var/test and survives between runs; the last session to end stops it. Its data need not outlive
a power cut, so it does not wait for the disk.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher, profiles

from hub.access import passwords
from hub.settings import ROOT, Settings
from hub.store.embedded import API, OWNER, WORKER, EmbeddedServer
from hub.store.engine import Database, psycopg_url
from hub.store.migrate import migrate

_NUMBER = count()

# Of the tests' server. A database for each test writes gigabytes of WAL, whose files need not be filled with zeros before;
# what autovacuum did to which table by when would be chance.
OFF = ("fsync", "full_page_writes", "synchronous_commit", "wal_init_zero", "wal_recycle", "autovacuum")

_SLOW = hypothesis.HealthCheck.too_slow
# A law holds or does not, however slow the machine; and a change is not refused for an example that nobody drew before.
# To look for such: pytest --hypothesis-profile=search
hypothesis.settings.register_profile("laws", deadline=None, derandomize=True, suppress_health_check=[_SLOW])
hypothesis.settings.register_profile("search", deadline=None, max_examples=1000, suppress_health_check=[_SLOW])
hypothesis.settings.load_profile("laws")

# a real hash takes a quarter of a second, and tests make hundreds
passwords.hasher = PasswordHasher.from_parameters(profiles.CHEAPEST)


@dataclass(frozen=True)
class Filled:
    """A hub to copy.

    Attributes:
        name: of its database, which nobody is connected to.
        home: its files.
    """

    name: str
    home: Path


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedServer]:
    """The embedded server that all test sessions of this checkout share."""
    home = ROOT / "var" / "test"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "sessions.lock").open("w") as sessions:
        fcntl.flock(sessions, fcntl.LOCK_SH)
        embedded = EmbeddedServer(home)
        embedded.start()
        with embedded.connect() as connection:
            for name in OFF:
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            connection.execute("SELECT pg_reload_conf()")
        _drop_leftovers(embedded)
        yield embedded
        with suppress(BlockingIOError):  # another session still uses it
            fcntl.flock(sessions, fcntl.LOCK_EX | fcntl.LOCK_NB)
            embedded.stop()


@pytest.fixture(scope="session")
def template(server: EmbeddedServer) -> str:
    """Name of a migrated, empty database; made anew when the schema changes."""
    sources = sorted((ROOT / "hub" / "store").glob("sql/*.sql")) + sorted(
        (ROOT / "hub" / "store" / "migrations").rglob("*.py")
    )
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    name = f"template_{digest}"
    with server.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            draft = f"test_{os.getpid()}_draft"
            connection.execute(f"CREATE DATABASE {draft} OWNER {OWNER}")
            with database(server, draft) as db:
                migrate(db)
            connection.execute(f"ALTER DATABASE {draft} RENAME TO {name}")
        connection.execute("SELECT pg_advisory_unlock(1)")
    return name


@pytest.fixture(scope="session")
def peopled_template(
    server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Filled]]:
    """Gives a hub with two dealers' customers, an account for each role and a key for each role.

    Tests copy it rather than send, read and match the same files again. It is of today: after midnight another is made.
    """
    made: dict[date, Filled] = {}
    with ExitStack() as kept:

        def of_today() -> Filled:
            today = datetime.now(UTC).date()
            if today not in made:
                name = kept.enter_context(created(server, template))
                made[today] = _peopled(server, name, tmp_path_factory.mktemp("peopled"))
            return made[today]

        yield of_today


def _peopled(server: EmbeddedServer, name: str, home: Path) -> Filled:
    from tests.api.serving import people, serve  # seconds to import: only for those who ask
    from tests.web.browser import accounts

    settings = Settings(home=home, process_uploads=False)
    with database(server, name) as db, serve(replace(settings, database_url=db.url_owner), db) as served:
        people(served)
        accounts(db)
    return Filled(name, home)


@pytest.fixture
def empty_db(server: EmbeddedServer) -> Iterator[Database]:
    """A database without a schema."""
    with created(server, "template0") as name, database(server, name) as db:
        yield db


@pytest.fixture(scope="session")
def untouched(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A migrated database without rows, for all tests that leave it so."""
    with created(server, template) as name, database(server, name) as db:
        yield db


@pytest.fixture
def db(server: EmbeddedServer, template: str) -> Iterator[Database]:
    """A migrated database of this test's own, without rows."""
    with created(server, template) as name, database(server, name) as fresh:
        yield fresh


@pytest.fixture
def settings(db: Database, tmp_path: Path) -> Settings:
    """Settings of a deployment that uses ``db`` by its URL, with an empty home."""
    return Settings(home=tmp_path, database_url=db.url_owner)


def database(server: EmbeddedServer, name: str) -> Database:
    """The doors to database ``name`` of the test server."""
    owner, worker, api = (psycopg_url(server.url(role, name)) for role in (OWNER, WORKER, API))
    return Database(owner, worker, api)


@contextmanager
def copied(server: EmbeddedServer, filled: Filled, home: Path) -> Iterator[tuple[Settings, Database]]:
    """A hub of one's own like ``filled``, in an empty ``home``: its settings, with the worker off, and its database."""
    shutil.copytree(filled.home, home, dirs_exist_ok=True)
    with created(server, filled.name) as name, database(server, name) as db:
        yield Settings(home=home, database_url=db.url_owner, process_uploads=False), db


@contextmanager
def created(server: EmbeddedServer, template: str) -> Iterator[str]:
    """A new database, a copy of ``template``, dropped in the end; its name."""
    name = f"test_{os.getpid()}_{next(_NUMBER)}"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}")
        try:
            yield name
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _drop_leftovers(server: EmbeddedServer) -> None:
    """Drop databases of sessions that were killed."""
    with server.connect() as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]
        for name in names:
            words = name.split("_")
            if words[0] == "test" and not Path(f"/proc/{words[1]}").exists():
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
