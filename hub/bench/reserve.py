"""32 clients at once want the same 100 people: over HTTP, in threads; nobody may be granted twice."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

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
MOST_AT_ONCE = 19  # people of one request, at least one: ten on average
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
        places = np.flatnonzero(network.golden <= PEOPLE).tolist()  # all records of the people, of whatever dealer
        known = [(place + 1, int(network.dealer[place])) for place in places]
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
        f"at once, for 1 to {MOST_AT_ONCE} people a request; a try is one person of one request. Reservations last "
        f"{MINUTES * 60:.1f} s; {DIE:.0%} of those granted are left to run out as if the client had died, the others are "
        f"released; in the last {LAST:.0%} of the tries they are confirmed instead."
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
    """One client: every second one is a dealer that asks for its own, the others are head office, which asks for all."""
    chance = random.Random(number)
    connection = http.client.HTTPConnection(*address, timeout=120)
    dealer = number // 2 % DEALERS if number % 2 else None
    key = keys["" if dealer is None else code(dealer)]
    reach = [one for one in known if dealer in (None, one[1])]
    while True:
        wanted = chance.sample(reach, min(len(reach), chance.randint(1, MOST_AT_ONCE)))
        with tally.lock:
            if tally.tries >= tries:
                break
            tally.tries += len(wanted)
            final = tally.tries > tries * (1 - LAST)
        parties = [{"record_no": str(record), "dealer": code(whose)} for record, whose in wanted]
        body = {"purpose": "test_drive", "channel": "email", "parties": parties, "reserve": {"minutes": MINUTES}}
        answer = _post(connection, key, "/v1/contacts/permission", body)
        if answer is None:
            _count(tally, "failed")
            continue
        for held in filter(None, (one.get("reservation") for one in answer["results"])):
            _count(tally, "granted")
            _end(connection, key, held["id"], tally, final, chance)
    connection.close()


def _end(
    connection: http.client.HTTPConnection, key: str, held: str, tally: Tally, final: bool, chance: random.Random
) -> None:
    """Confirm, die, or release. It may have run out by then: that is no failure."""
    if not final and chance.random() < DIE:
        _count(tally, "died")
        return
    verb, step = ("confirm", "confirmed") if final else ("release", "released")
    if _post(connection, key, f"/v1/contacts/reservations/{held}/{verb}", {}):
        _count(tally, step)


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
