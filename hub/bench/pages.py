"""The pages, over HTTP against a million golden records: one reader, page after page, each time another customer."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import numpy as np
import sqlalchemy as sa

from hub.bench.input import folder
from hub.bench.nightly_large import DAYS, ROWS, network_of
from hub.bench.online import NotReady, base, served
from hub.bench.options import Options
from hub.bench.report import Report
from hub.bench.server_watch import cpu_seconds, tree_seconds
from hub.flows.manage_accounts import create_account
from hub.store.engine import Database

OBJECTS = 40  # customers, cases … of each page
WARM = 5  # further ones that nobody counts
AIM, QUEUE_AIM = 150.0, 100.0  # ms, p95
COLUMNS = ("page", "role", "answers", "p50 ms", "p95 ms", "longest ms", "CPU ms a page: API", "PostgreSQL", "KiB")
Cpu = Callable[[], tuple[float, float]]
_MENU = re.compile(r"<nav.*?</nav>", re.DOTALL)
_LINK = re.compile(r'href="(/[^"]*)"')

# What there is to look at, drawn by hash: nobody's favourites, and no two runs' the same pages in PostgreSQL's memory
_CUSTOMERS = """SELECT p.id, concat_ws(' ', p.shown_last, p.shown_first), p.phones[1], v.vin
    FROM (SELECT golden FROM golden WHERE records > 1 ORDER BY hashint8(golden + :some) LIMIT :most) g
    JOIN party p ON p.rid = g.golden LEFT JOIN LATERAL (SELECT vin FROM party_vehicle WHERE rid = p.rid LIMIT 1) v ON true"""
_CASES = """SELECT a.id, b.id FROM review r JOIN party a ON a.rid = r.rid_a JOIN party b ON b.rid = r.rid_b
    ORDER BY hashint8(r.rid_a + r.rid_b + :some) LIMIT :most"""
_LARGEST = "SELECT dealer FROM party GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
_OBJECTS = {
    "/dealers/{}": "SELECT code FROM dealer WHERE registered ORDER BY md5(code) LIMIT :most",
    "/uploads/{}": "SELECT upload_id FROM upload ORDER BY md5(upload_id::text) LIMIT :most",
    "/conflicts/{}": "SELECT conflict_id FROM conflict ORDER BY conflict_id DESC LIMIT :most",
    "/leads/network/{}": "SELECT lead_id FROM lead ORDER BY lead_id DESC LIMIT :most",
}


@dataclass(frozen=True)
class Page:
    """A page to measure: whose, and the addresses to load in turn; ``aim`` is the p95 to reach, in milliseconds."""

    name: str
    role: str
    addresses: Sequence[str]
    aim: float = AIM


@dataclass
class Taken:
    """What the answers of a page took."""

    seconds: list[float] = field(default_factory=list)
    size: int = 0
    api: float = 0.0
    server: float = 0.0

    def quantile(self, share: float) -> float:
        """Milliseconds that ``share`` of the answers stay below."""
        return float(np.quantile(self.seconds, share)) * 1000


class Reader:
    """A person's browser, as far as a server notices: one connection, signed in, pages without their static files."""

    def __init__(self, address: tuple[str, int], login: str, password: str) -> None:
        self.connection = http.client.HTTPConnection(*address, timeout=60)
        form = urlencode({"login": login, "password": password})
        self.cookie, self.refused = "", 0
        status, headers, _ = self._ask("POST", "/sign-in", form)
        if status != 303:
            self.close()
            raise NotReady(f"Signing in as {login} was answered by {status}; the API's log is api.log in its home.")
        self.cookie = headers["set-cookie"].partition(";")[0]

    def read(self, address: str) -> bytes:
        """A page; where it leads elsewhere, as a look-up that finds one customer does, that page."""
        for _ in range(3):
            status, headers, body = self._ask("GET", address)
            if status == 200:
                return body
            if status == 422:  # such as how a customer came to be of whose component there are too many records to tell
                self.refused += 1
                return body
            if status not in (303, 308):
                raise NotReady(f"{address} was answered by {status}; the API's log is api.log in its home.")
            address = headers["location"]
        raise NotReady(f"{address} leads nowhere.")

    def menu(self) -> list[str]:
        """The pages of the main menu."""
        found = _MENU.search(self.read("/").decode())
        return list(dict.fromkeys(_LINK.findall(found[0]))) if found else []

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def _ask(self, method: str, address: str, form: str | None = None) -> tuple[int, Mapping[str, str], bytes]:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        self.connection.request(method, address, form, {"Cookie": self.cookie, **kind})
        answer = self.connection.getresponse()
        body = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@dataclass
class Walked:
    """What a walk through the pages found.

    Attributes:
        table: a row for each page.
        slow, empty: names of those above their aim, and of which the base holds none.
        refused: how many of which were answered by a sentence that says why there is no such page.
    """

    table: list[list[object]] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def measure(options: Options) -> Report:
    """Every page of every role's menu, and the pages of customers, cases, uploads, dealers."""
    rows = options.rows or ROWS
    with folder(options.keep) as keep:
        inbox = network_of(keep, rows, options.tell)
        with (
            base(keep if options.keep else None, inbox, rows, options) as hub,
            Database.open(hub.settings) as db,
            served(hub, HUB_RATE_EACH="0") as (address, process),
        ):
            server = hub.server
            walked = walk(db, address, lambda: (tree_seconds(process.pid), cpu_seconds(server) or 0.0), options.tell)
            counts = _counts(db)
    about = (
        f"Whole pages over HTTP, without their static files, loaded one after the other by one reader; {counts[0]:,} golden "
        f"records of {counts[1]:,} records, {counts[2]:,} pairs in the steward's queue. Customers and cases are drawn at "
        f"random, each is opened once. API, PostgreSQL and reader share the machine; row security and audit are on."
    )
    told = [f"Aims: p95 ≤ {AIM:.0f} ms, of the queue ≤ {QUEUE_AIM:.0f} ms."]
    told += [f"Above their aim: {', '.join(walked.slow)}." if walked.slow else "All pages are within their aim."]
    told += [f"Not measured, as the base holds none: {', '.join(walked.empty)}."] if walked.empty else []
    told += [f"Refused with a reason: {', '.join(walked.refused)}."] if walked.refused else []
    return Report(about, COLUMNS, walked.table, [" ".join(told)])


def walk(db: Database, address: tuple[str, int], cpu: Cpu, tell: Callable[[str], None]) -> Walked:
    """Load every page of a hub that is served at an address, role by role.

    Args:
        cpu: processor time so far of the API and of PostgreSQL, in seconds.
    """
    walked = Walked()
    pages = list(_objects(db))
    for role, (login, password) in _people(db).items():
        with closing(Reader(address, login, password)) as reader:
            own = [page for page in pages if page.role == role]
            for page in (*(_of_menu(role, path) for path in reader.menu()), *own):
                if not page.addresses:
                    walked.empty.append(page.name)
                    continue
                tell(f"{role}: {page.name} …")
                taken = _measured(reader, page, cpu)
                walked.table.append(_row(page, taken))
                walked.refused += [f"{reader.refused} of {page.name}"] if reader.refused else []
                reader.refused = 0
                walked.slow += [f"{page.name} ({role})"] if taken.quantile(0.95) > page.aim else []
    return walked


def _of_menu(role: str, path: str) -> Page:
    return Page(path, role, [path] * OBJECTS, QUEUE_AIM if path == "/queue" else AIM)


def _measured(reader: Reader, page: Page, cpu: Cpu) -> Taken:
    """Load the addresses in turn, the last few beforehand and without counting."""
    warm = min(WARM, len(page.addresses) // 2)
    counted, before = page.addresses[: len(page.addresses) - warm], page.addresses[len(page.addresses) - warm :]
    for address in before:
        reader.read(address)
    taken, spent = Taken(), cpu()
    for address in counted:
        began = time.perf_counter()
        taken.size = max(taken.size, len(reader.read(address)))
        taken.seconds.append(time.perf_counter() - began)
    taken.api, taken.server = ((now - then) / len(counted) for now, then in zip(cpu(), spent, strict=True))
    return taken


def _row(page: Page, taken: Taken) -> list[object]:
    times = [round(taken.quantile(share), 1) for share in (0.5, 0.95, 1)]
    cpu = [round(seconds * 1000, 1) for seconds in (taken.api, taken.server)]
    return [f"`{page.name}`", page.role, len(taken.seconds), *times, *cpu, round(taken.size / 1024, 1)]


def _people(db: Database) -> dict[str, tuple[str, str]]:
    """Login and password of somebody of each role, made for this run."""
    now = datetime.now(UTC)
    made = {}
    with db.worker() as conn:
        dealer = conn.execute(sa.text(_LARGEST)).scalar_one()
        for role in ("steward", "head_office", "auditor", "dealer"):
            login = f"bench-{role}-{now:%Y%m%d%H%M%S}"
            _, password = create_account(conn, login, role, role, dealer if role == "dealer" else None, now)
            made[role] = login, password
    return made


def _objects(db: Database) -> Iterator[Page]:
    """The pages of single objects, and searches, by the role that looks at them most."""
    asked = {"some": int(time.time()), "most": OBJECTS + WARM}
    with db.worker() as conn:
        cases = conn.execute(sa.text(_CASES), asked).all()
        customers = conn.execute(sa.text(_CUSTOMERS), asked).all()
        dealer = conn.execute(sa.text(_LARGEST)).scalar_one()
        objects = {path: [*conn.scalars(sa.text(sql), {"most": OBJECTS + WARM})] for path, sql in _OBJECTS.items()}
    yield Page("/queue?dealer=…", "steward", [f"/queue?dealer={dealer}"] * OBJECTS, QUEUE_AIM)
    yield Page("/queue/next", "steward", ["/queue/next"] * OBJECTS)
    yield Page("/queue/case", "steward", [f"/queue/case?id={a}&id={b}" for a, b in cases])
    shown = [f"/customers/{row[0]}" for row in customers]
    yield Page("/customers/…", "steward", shown)
    yield Page("/customers/…?as_of", "steward", [f"{one}?as_of={DAYS[0]}" for one in shown])
    yield Page("/customers/…/origin", "steward", [f"{one}/origin" for one in shown])
    for name, place in (("name", 1), ("phone", 2), ("VIN", 3)):
        known = [f"/customers?q={quote(row[place])}" for row in customers if row[place]]
        yield Page(f"/customers?q={name}", "steward", known)
    for path, found in objects.items():
        yield Page(path.format("…"), "head_office", [path.format(one) for one in found])


def _counts(db: Database) -> tuple[int, int, int]:
    """Golden records, records, pairs that wait."""
    with db.worker() as conn:
        row = conn.exec_driver_sql(
            "SELECT (SELECT count(*) FROM golden), (SELECT count(*) FROM party), count(*) FROM review"
        )
        golden, records, waiting = row.one()
        return int(golden), int(records), int(waiting)
