"""A lead over HTTP: `POST /v1/leads` over a million records and 300 dealers, from the request to the durable decision."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hub.bench.apart import apart
from hub.bench.deployment import Deployment
from hub.bench.enquiries import STRANGERS, enquiries
from hub.bench.input import folder
from hub.bench.load import Load, drive
from hub.bench.nightly_large import ROWS, network_of
from hub.bench.online import WORKERS, base, served
from hub.bench.options import Options
from hub.bench.report import Report
from hub.bench.server_watch import cpu_seconds, tree_seconds
from hub.dealers.registry import DealerEntry
from hub.network.places import load_places
from hub.store.dealers import sync_dealers
from hub.store.engine import Database
from hub.store.keys import create_key
from hub.store.places import sync_places

DEALERS = 300
LEADS = 60_000  # different ones: a lead sent again would be a repeated one
WARM, SECONDS = 10.0, 20.0
CONNECTIONS = (16, 1)
TARGETS = {16: "p50 ≤ 15, p99 ≤ 60, ≥ 200 a second", 1: ""}
COLUMNS = (
    "connections",
    "leads/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "CPU ms a lead: API",
    "PostgreSQL",
    "callers",
    "target",
)
BRANDS = ("Volkswagen", "Mazda", "Geely")
PERSON = ("full_name", "last_name", "first_name", "middle_name", "phones", "emails", "city", "postcode")


# every fifth customer is somebody's prospect
_OWNED = """INSERT INTO ownership (golden, brand, purpose, dealer, valid_from, rule, policy, reason)
    SELECT golden, 'mazda', 'new', (SELECT min(dealer) FROM membership m WHERE m.golden = g.golden), '2026-01-01Z', 'evidence',
           'bench', 'bench' FROM golden g WHERE mod(golden, 5) = 0 ON CONFLICT DO NOTHING"""


def measure(options: Options) -> Report:
    """Sixteen senders, then one; each for 20 s after a warm-up, and every lead a new one."""
    rows = options.rows or ROWS
    with folder(options.keep) as keep:
        inbox = network_of(keep, rows, options.tell)
        with base(keep if options.keep else None, inbox, rows, options) as hub:
            _enlarge(hub)
            leads = _requests(hub, inbox)
            with served(hub) as (address, process):
                options.tell("Warming up …")
                part = len(leads) // 3
                apart(drive, address, leads[:part], max(CONNECTIONS), WARM)
                table = []
                for place, connections in enumerate(CONNECTIONS, 1):
                    options.tell(f"{connections} connections …")
                    before = tree_seconds(process.pid), cpu_seconds(hub.server) or 0.0
                    load = apart(drive, address, leads[place * part : (place + 1) * part], connections, SECONDS).result
                    after = tree_seconds(process.pid), cpu_seconds(hub.server) or 0.0
                    table.append(_row(connections, load, after[0] - before[0], after[1] - before[1]))
            remark = _remark(hub)
    about = (
        f"`POST /v1/leads`, whole requests over HTTP, matched against {rows:,} customer records, decided among {DEALERS} "
        f"dealers, stored with the decision and all candidates before the answer. The API ({WORKERS} processes), PostgreSQL "
        f"and the senders share the machine. People of the base, known in part and with slips, and {STRANGERS:.0%} strangers."
    )
    return Report(about, COLUMNS, table, [remark])


def _enlarge(hub: Deployment) -> None:
    """Dealers beyond those of the base, so that there are 300: in the same towns, for the same brands."""
    with Database.open(hub.settings) as db, db.worker() as conn:
        known = conn.exec_driver_sql(
            "SELECT code, city, latitude, longitude, timezone FROM dealer WHERE registered ORDER BY code"
        ).all()
        chance = np.random.default_rng(1)
        entries = []
        for number in range(DEALERS):
            code, city, latitude, longitude, timezone = known[number % len(known)]
            entries.append(
                DealerEntry(
                    code if number < len(known) else f"X{number:03}",
                    city=city,
                    latitude=latitude + float(chance.normal()) / 8,
                    longitude=longitude + float(chance.normal()) / 8,
                    timezone=timezone,
                    brands=tuple(BRANDS[: 1 + number % 3]),
                    opening_hours="Mo-Su 00:00-24:00",
                    capacity=5000,
                )
            )
        sync_dealers(conn, entries)
        sync_places(conn, load_places())
        conn.exec_driver_sql(_OWNED)


def _requests(hub: Deployment, inbox: Path) -> list[bytes]:
    """Whole requests, as bytes; other ones than were sent to a base that is kept."""
    with Database.open(hub.settings) as db, db.worker() as conn:
        key = create_key(conn, "routing", None, datetime.now(UTC))
        known = conn.exec_driver_sql("SELECT count(*) FROM lead").scalar_one()
    made = []
    for number, row in enumerate(enquiries(inbox / "night1", LEADS, seed=2 + known)):
        person = {name: row[name] for name in PERSON if name in row}
        if not set(person) - {"city", "postcode"}:
            person["full_name"] = row.get("company_name", f"Клиент {number}")
        lead = {**person, "brand": BRANDS[number % 3], "model": "X", "interest": "test_drive", "provider": "portal"}
        body = json.dumps(lead, ensure_ascii=False).encode()
        head = (
            f"POST /v1/leads HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: bench-{known}-{number}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def _row(connections: int, load: Load, api: float, server: float) -> list[object]:
    count = len(load.latencies)
    spent = [1000 * seconds / count for seconds in (api, server, load.cpu_seconds)]
    quantiles = [load.quantile(share) for share in (0.5, 0.95, 0.99)]
    failed = f"{load.failed} failed; " if load.failed else ""
    return [connections, round(load.rate), *quantiles, *spent, failed + TARGETS[connections]]


def _remark(hub: Deployment) -> str:
    """What came of the leads."""
    with Database.open(hub.settings) as db, db.worker() as conn:
        rules = conn.exec_driver_sql("SELECT rule, count(*) FROM lead_decision GROUP BY 1 ORDER BY 2 DESC").all()
        known = conn.exec_driver_sql(
            "SELECT count(*) FILTER (WHERE person ->> 'decision' = 'match'), count(*) FROM lead_decision"
        ).one()
        twice = conn.exec_driver_sql(
            "SELECT count(*) FROM (SELECT lead_id FROM offer WHERE live GROUP BY 1 HAVING count(*) > 1) t"
        ).scalar_one()
    told = ", ".join(f"{rule} {count:,}" for rule, count in rules)
    return (
        f"{known[1]:,} leads stored, {known[0]:,} of them by people whom the hub recognised; by rule: {told}; "
        f"{twice} leads with two live offers."
    )
