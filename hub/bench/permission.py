"""May these people be contacted? `POST /v1/contacts/permission`, one person and 10,000 at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hub.bench.apart import apart
from hub.bench.contact_base import Network, code, fill
from hub.bench.deployment import Deployment, deployed
from hub.bench.load import Load, drive
from hub.bench.online import served
from hub.bench.options import Options
from hub.bench.report import Report
from hub.store.engine import Database
from hub.store.keys import create_key

PEOPLE, DEALERS = 1_000_000, 300
MANY = 10_000
WARM, SECONDS = 5.0, 20.0
COLUMNS = ("request", "connections", "requests/s", "p50 ms", "p95 ms", "p99 ms", "errors")
TARGETS = "To reach: one person p99 ≤ 15 ms; 10,000 people ≤ 1,000 ms."


def measure(options: Options) -> Report:
    """A dealer asks for one of its people after the other, then for 10,000; head office for any 10,000."""
    people = options.rows or PEOPLE
    many = min(MANY, people // 2)
    with deployed() as hub:
        options.tell(f"Making a base of {people:,} people …")
        network, keys = apart(base, hub, people, DEALERS).result
        hub.rest()
        own = [{"record_no": number} for number in network.records_of(0, many)]
        any_of = [{"golden_id": one} for one in network.ids(many, 1)]
        cases: list[tuple[str, int, list[bytes]]] = [
            ("one person, by a dealer", 1, singles(network, keys, "marketing")),
            ("one person, by a dealer", 4, singles(network, keys, "marketing")),
            (f"{len(own):,} people, by a dealer", 1, [request(keys[code(0)], parties=own)]),
            (f"{many:,} people, by head office", 1, [request(keys[""], parties=any_of, dealer=code(1))]),
        ]
        rows = []
        with served(hub) as (address, _):
            for about, connections, requests in cases:
                options.tell(f"{about}, {connections} connections …")
                apart(drive, address, requests, connections, WARM)
                load: Load = apart(drive, address, requests, connections, SECONDS).result
                times = [load.quantile(share) for share in (0.5, 0.95, 0.99)]
                rows.append([about, connections, load.rate, *times, load.failed])
    about = (
        f"`POST /v1/contacts/permission`, whole requests over HTTP, against {people:,} people of {DEALERS} dealers with "
        f"{len(network.dealer):,} records, their consents, contacts, households and owners. The API, PostgreSQL and the "
        f"callers share the machine; purpose `marketing` by telephone, which every rule concerns."
    )
    return Report(about, COLUMNS, rows, [TARGETS])


def base(hub: Deployment, people: int, dealers: int) -> tuple[Network, dict[str, str]]:
    """Fill a deployment; returns the network, and API keys of some dealers and of head office ("")."""
    now = datetime.now(UTC)
    with Database.open(hub.settings) as db, db.worker() as conn:
        network = fill(conn, people, dealers, now)
        keys = {code(number): create_key(conn, "dealer", code(number), now) for number in range(min(dealers, 32))}
        keys[""] = create_key(conn, "head_office", None, now)
    return network, keys


def singles(network: Network, keys: dict[str, str], purpose: str) -> list[bytes]:
    """Requests for one person each, by many dealers in turn."""
    return [
        request(keys[code(number)], parties=[{"record_no": record}], purpose=purpose)
        for number in range(1, min(len(keys) - 1, 20))
        for record in network.records_of(number, 200)
    ]


def request(key: str, path: str = "/v1/contacts/permission", **body: Any) -> bytes:
    """A whole request, as bytes."""
    content = json.dumps({"purpose": "marketing", "channel": "phone", **body}).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@contextmanager
def small(people: int, dealers: int) -> Iterator[tuple[Deployment, Network, dict[str, str]]]:
    """A deployment with a base of so many people."""
    with deployed() as hub:
        network, keys = apart(base, hub, people, dealers).result
        yield hub, network, keys
