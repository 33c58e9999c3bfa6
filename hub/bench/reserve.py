"""32 clients at once want the same 100 people: over HTTP, in threads; nobody may be granted twice."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from hub.bench.apart import apart
from hub.bench.contact_base import code
from hub.bench.deployment import Deployment
from hub.bench.online import served
from hub.bench.options import Options
from hub.bench.permission import small
from hub.bench.report import Report
from hub.store.engine import Database
from hub.store.reservations import double_grants

CLIENTS, PEOPLE, TRIES = 32, 100, 100_000
DEALERS = 8
LAST = 0.05  # the share of tries, at the end, in which those who are granted confirm
DIE = 0.2  # share of those granted who are never heard of again: their reservation runs out
MINUTES = 0.02  # that a reservation lasts
COLUMNS = (
    "clients",
    "people",
    "tries",
    "granted",
    "released",
    "left to run out",
    "confirmed",
    "tries/s",
    "double grants",
)


@dataclass
class Tally:
    """What the clients did."""

    tries: int = 0
    granted: int = 0
    released: int = 0
    died: int = 0
    confirmed: int = 0
    failed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def measure(options: Options) -> Report:
    """Clients reserve, and release, die or confirm; then the base is searched for two grants of one person at one time."""
    tries = options.rows or TRIES
    with small(2_000, DEALERS) as (hub, network, keys):
        firsts = list(range(1, PEOPLE + 1))
        known = [(number, int(network.dealer[number - 1])) for number in firsts]
        with served(hub) as (address, _):
            options.tell(f"{CLIENTS} clients, {tries:,} tries …")
            began = time.perf_counter()
            tally = apart(_all, address, keys, known, tries).result
            seconds = time.perf_counter() - began
        doubles = apart(_doubles, hub).result
    row = [CLIENTS, PEOPLE, tally["tries"], tally["granted"], tally["released"], tally["died"], tally["confirmed"],
           tally["tries"] / seconds, doubles]  # fmt: skip
    about = (
        f"`POST /v1/contacts/permission` with `reserve`, over HTTP, by {CLIENTS} clients of {DEALERS} dealers and head office "
        f"at once. Reservations last {MINUTES * 60:.1f} s; {DIE:.0%} of the clients that are granted die with theirs, the "
        f"others release; in the last {LAST:.0%} of the tries they confirm instead."
    )
    remark = f"{tally['failed']} requests failed. To reach: 0 double grants, counted in the base by the spans in force."
    return Report(about, COLUMNS, [row], [remark])


def _doubles(hub: Deployment) -> int:
    with Database.open(hub.settings) as db, db.worker() as conn:
        return double_grants(conn, "test_drive")


def _all(address: tuple[str, int], keys: dict[str, str], known: list[tuple[int, int]], tries: int) -> dict[str, int]:
    """All clients, in a process of their own; what they counted."""
    tally = Tally()
    work = (address, keys, known, tries, tally)
    threads = [threading.Thread(target=_client, args=(number, *work)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: value for name, value in vars(tally).items() if isinstance(value, int)}


def _client(
    number: int,
    address: tuple[str, int],
    keys: dict[str, str],
    known: list[tuple[int, int]],
    tries: int,
    tally: Tally,
) -> None:
    """One client: every second one a dealer that knows the person, the others head office."""
    chance = random.Random(number)
    connection = http.client.HTTPConnection(*address, timeout=60)
    while True:
        with tally.lock:
            if tally.tries >= tries:
                break
            tally.tries += 1
            final = tally.tries > tries * (1 - LAST)
        record, dealer = chance.choice(known)
        key = keys[code(dealer)] if number % 2 else keys[""]
        party = {"record_no": str(record), "dealer": code(dealer)}
        body = {"purpose": "test_drive", "channel": "email", "parties": [party], "reserve": {"minutes": MINUTES}}
        answer = _post(connection, key, "/v1/contacts/permission", body)
        held = answer["results"][0].get("reservation") if answer else None
        step = "granted" if held else None if answer else "failed"
        _count(tally, step)
        if held and final:
            done = _post(connection, key, f"/v1/contacts/reservations/{held['id']}/confirm", {})
            _count(tally, "confirmed" if done else None)
        elif held and chance.random() < DIE:
            _count(tally, "died")
        elif held:
            done = _post(connection, key, f"/v1/contacts/reservations/{held['id']}/release", {})
            _count(tally, "released" if done else "failed")
    connection.close()


def _count(tally: Tally, step: str | None) -> None:
    if step:
        with tally.lock:
            setattr(tally, step, getattr(tally, step) + 1)


def _post(connection: http.client.HTTPConnection, key: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
    """The answer; None for any status but 200."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body) if body else None, headers)
    response = connection.getresponse()
    content = response.read()
    return json.loads(content) if response.status == 200 else None
