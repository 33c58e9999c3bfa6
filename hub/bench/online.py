"""Who is this? `POST /v1/customers/match` over a base of a million records: server, PostgreSQL and callers on one machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from api.server import command
from hub.bench.apart import apart
from hub.bench.deployment import Deployment, deployed
from hub.bench.enquiries import STRANGERS, enquiries
from hub.bench.input import folder
from hub.bench.load import Load, drive
from hub.bench.nightly_large import DAYS, DEALERS, ROWS, network_of
from hub.bench.options import Options
from hub.bench.report import Report
from hub.bench.server_watch import cpu_seconds, tree_seconds
from hub.errors import HubError
from hub.flows.consolidate import consolidate
from hub.flows.match import match
from hub.store.engine import Database
from hub.store.keys import create_key

WORKERS = 2  # processes of the API
ASKED = 20_000  # different enquiries
WARM, SECONDS = 10.0, 20.0
CONNECTIONS = (16, 1)
TARGETS = {16: "p50 ≤ 10, p99 ≤ 30, ≥ 1,000 a second", 1: "p50 ≤ 2"}
COLUMNS = ("connections", "requests/s", "p50 ms", "p95 ms", "p99 ms", "CPU ms a request: API", "PostgreSQL", "callers")


class NotReady(HubError):
    """The server that is to be measured does not answer; ``detail`` says what is known."""

    code, status = "not_ready", 503


def measure(options: Options) -> Report:
    """Sixteen callers, then one; each for 20 s after a warm-up."""
    rows = options.rows or ROWS
    with folder(options.keep) as keep:
        inbox = network_of(keep, rows, options.tell)
        with base(keep if options.keep else None, inbox, rows, options) as hub:
            asked = _requests(hub, inbox)
            with served(hub) as (address, process):
                options.tell("Warming up …")
                apart(drive, address, asked, max(CONNECTIONS), WARM)
                table, remarks = [], []
                for connections in CONNECTIONS:
                    options.tell(f"{connections} connections …")
                    before = tree_seconds(process.pid), cpu_seconds(hub.server) or 0.0
                    load = apart(drive, address, asked, connections, SECONDS).result
                    after = tree_seconds(process.pid), cpu_seconds(hub.server) or 0.0
                    table.append(_row(connections, load, after[0] - before[0], after[1] - before[1]))
                    remarks.append(_remark(connections, load, rows))
    about = (
        f"`POST /v1/customers/match`, whole requests over HTTP, against {rows:,} customer records of {DEALERS} dealers. "
        f"The API ({WORKERS} processes), PostgreSQL and the callers share the machine. {ASKED:,} different enquiries: people "
        f"and companies of the base, known in part and with slips, and {STRANGERS:.0%} strangers; {SECONDS:.0f} s each."
    )
    return Report(about, COLUMNS, table, remarks)


@contextmanager
def base(keep: Path | None, inbox: Path, rows: int, options: Options) -> Iterator[Deployment]:
    """A hub that has loaded the inbox in one night; one that is kept is brought up to today's keys and model."""
    if keep is None:
        with deployed() as hub:
            _load(hub, inbox, options)
            yield hub
        return
    home = keep / f"online-{rows}"
    home.mkdir(mode=0o755, exist_ok=True)
    hub, loaded = Deployment(home), home / "loaded"
    try:
        if not loaded.exists():
            _load(hub, inbox, options)
            loaded.touch()
        apart(_bring_up_to_date, hub)
        yield hub
    finally:
        hub.server.stop()


def _load(hub: Deployment, inbox: Path, options: Options) -> None:
    options.tell("The night that loads the base …")
    hub.prepare(inbox / "dealers.csv")
    hub.night(inbox / "night1", DAYS[0])
    hub.rest()


def _bring_up_to_date(hub: Deployment) -> None:
    with Database.open(hub.settings) as db:
        if match(db).full:
            consolidate(db)
            hub.rest()


def _requests(hub: Deployment, inbox: Path) -> list[bytes]:
    """Whole requests, as bytes."""
    with Database.open(hub.settings) as db, db.worker() as conn:
        key = create_key(conn, "head_office", None, datetime.now(UTC))
    made = []
    for row in enquiries(inbox / "night1", ASKED):
        body = json.dumps({**row, "limit": 5}, ensure_ascii=False).encode()
        head = (
            f"POST /v1/customers/match HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


@contextmanager
def served(hub: Deployment, **settings: str) -> Iterator[tuple[tuple[str, int], subprocess.Popen[bytes]]]:
    """The API as `dealerhub serve` runs it, on a free port, and the process at its head; ``settings`` by environment name."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address: tuple[str, int] = probe.getsockname()
    environment = {**os.environ, "HUB_HOME": str(hub.settings.home), "HUB_PROCESS_UPLOADS": "no", **settings}
    with (hub.settings.home / "api.log").open("wb") as log:
        process = subprocess.Popen(command(*address, WORKERS), env=environment, stdout=log, stderr=log)
        try:
            _await(address, process)
            yield address, process
        finally:
            process.terminate()
            process.wait(60)


def _await(address: tuple[str, int], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(address, 1) as connection:
                connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
                if connection.recv(100).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise NotReady("The API does not answer; its log is api.log in its home (give --keep to look at it).")


def _row(connections: int, load: Load, api: float, server: float) -> list[object]:
    each = 1000 / len(load.latencies)
    times = [load.quantile(share) for share in (0.5, 0.95, 0.99)]
    return [connections, load.rate, *times, api * each, server * each, load.cpu_seconds * each]


def _remark(connections: int, load: Load, rows: int) -> str:
    goal = f" To reach: {TARGETS[connections]}." if rows == ROWS else ""
    without, all_ = load.empty, len(load.latencies)
    return f"{connections} connections: {all_:,} answers, {without / all_:.1%} without a candidate, {load.failed} errors.{goal}"
