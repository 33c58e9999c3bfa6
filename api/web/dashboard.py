"""Head office's first page: what waits, and how it went, from the nights' figures and the ledger; it counts no millions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from api.web.columns import Column, Row, Table
from api.web.pages import render
from api.web.tables import Shown, plain, whole
from api.web.visitors import Visitor
from api.web.wording import N_
from hub.flows.scorecard import last_days
from hub.store import figures, scorecards
from hub.store.queues import office_queues

SPAN, LAST = 90, 14  # days of the charts over time, and of those by dealer
MOST = 20  # dealers in a chart
_NIGHT = N_("The nightly run fills this: once a night has ended, its figures stand here.")

ARRIVALS = Table(
    "arrivals", N_("Dealers whose files came, night by night"),
    (Column("day", N_("Night"), "day"), Column("dealers", N_("Dealers"), "count")), _NIGHT,
)  # fmt: skip
QUALITY = Table(
    "quality", N_("Share of rows set aside, night by night"),
    (Column("day", N_("Night"), "day"), Column("rejected", N_("Set aside"), "share")), _NIGHT,
)  # fmt: skip
DUPLICATES = Table(
    "duplicates", N_("Records that repeat a customer whom the hub knows"),
    (Column("day", N_("Night"), "day"), Column("duplicates", N_("Duplicates"), "count")), _NIGHT,
)  # fmt: skip
WAITING = Table(
    "queue", N_("Pairs that waited for a steward"),
    (Column("day", N_("Night"), "day"), Column("waiting", N_("Pairs"), "count")), _NIGHT,
)  # fmt: skip
CONFLICTS = Table(
    "conflicts", N_("Conflicts by week"),
    (
        Column("week", N_("Week from"), "day"),
        Column("opened", N_("Opened"), "count"),
        Column("settled", N_("Settled"), "count"),
    ),
    N_("No two dealers have claimed one prospect in this time."),
)  # fmt: skip
LEADS = Table(
    "leads", N_("Leads by week: how dealers answered"),
    (
        Column("week", N_("Week from"), "day"),
        Column("in_time", N_("In time"), "count"),
        Column("late", N_("Late"), "count"),
        Column("open", N_("Open"), "count"),
        Column("unrouted", N_("With head office"), "count"),
    ),
    N_("No leads yet. They come by the API: website, call centre, manufacturer."),
)  # fmt: skip
WORST = Table(
    "worst", N_("Rows set aside by dealer, last 14 days"),
    (Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"), Column("rejected", N_("Set aside"), "share")),
    N_("Nothing was set aside."),
)  # fmt: skip
UNPUNCTUAL = Table(
    "unpunctual", N_("Nights missed by dealer, last 14 days"),
    (Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"), Column("missed", N_("Missed"), "share")),
    N_("No night was missed."),
)  # fmt: skip
LATE = Table(
    "late-dealers", N_("Dealers without a file for the last night"),
    (
        Column("dealer", N_("Dealer"), "text", "/dealers/{dealer}"),
        Column("name", N_("Name")),
        Column("last_day", N_("Last business day"), "day"),
        Column("last_at", N_("Last file"), "moment"),
    ),
    N_("Every dealer's files came. Nothing to do."),
)  # fmt: skip


@dataclass(frozen=True)
class Tile:
    """A number with its words and the page where one acts on it; ``urgent`` if somebody must."""

    words: str
    value: float | None
    address: str
    urgent: bool = False


def dashboard(request: Request, visitor: Visitor) -> Response:
    """The page, or the file of its table of late dealers."""
    now = datetime.now(UTC)
    with visitor.session() as session:
        conn = session.conn
        silent = scorecards.late_dealers(conn)
        late = whole(request, LATE, silent)
        if isinstance(late, Response):
            return late
        night = figures.newest_network(conn)
        tiles = _tiles(night, office_queues(conn), len(silent), visitor.account.role)
        charts = _charts(conn, now)
    return render(request, "dashboard.html", tiles=tiles, charts=charts, late=late)


def _tiles(night: Mapping[str, float], waits: Mapping[str, int], late: int, role: str) -> list[Tile]:
    joined = night["records"] - night["golden"] if night else None
    queue = "/queue" if role != "auditor" else ""
    return [
        Tile(N_("uploads are held: let in or turn down"), waits["held"], "/uploads?status=held", waits["held"] > 0),
        Tile(N_("dealers without a file for the last night"), late, "#table-late-dealers" if late else "", late > 0),
        Tile(N_("appeals wait for an answer"), waits["appeals"], "/conflicts/appeals", waits["appeals"] > 0),
        Tile(
            N_("conflicts wait for a person"),
            night.get("undecided"),
            "/conflicts?state=waiting",
            bool(night.get("undecided")),
        ),
        Tile(N_("leads nobody got"), waits["unrouted"], "/leads/network", waits["unrouted"] > 0),
        Tile(N_("pairs wait for a steward"), waits["waiting"], queue),
        Tile(N_("golden records"), night.get("golden"), "/customers"),
        Tile(N_("records of dealers"), night.get("records"), "/dealers"),
        Tile(N_("of these repeat a customer"), joined, "/dealers?sort=-duplicates"),
    ]


def _charts(conn: Connection, now: datetime) -> list[tuple[str, Shown]]:
    """Kind and table of each chart."""
    since, until = last_days(SPAN, now)
    names = ("golden", "records", "waiting", "arrived", "rejected")
    standing = by_day(figures.figures_over_time(conn, "", names, since.date(), until.date()))
    recent = scorecards.done_by_dealer(conn, *last_days(LAST, now))
    return [
        ("bars", plain(ARRIVALS, _one(standing, "arrived", "dealers"))),
        ("line", plain(QUALITY, _one(standing, "rejected"))),
        ("bars", plain(UNPUNCTUAL, _most(recent, "punctual", "missed", lambda share: 1 - share))),
        ("bars", plain(WORST, _most(recent, "rejected", "rejected", lambda share: share))),
        ("line", plain(DUPLICATES, [{"day": day, "duplicates": row["records"] - row["golden"]} for day, row in standing.items()
                                    if {"records", "golden"} <= set(row)])),
        ("line", plain(WAITING, _one(standing, "waiting"))),
        ("bars", plain(CONFLICTS, scorecards.conflicts_by_week(conn, now - timedelta(days=SPAN), now))),
        ("stacked", plain(LEADS, scorecards.leads_by_week(conn, now - timedelta(days=SPAN), now))),
    ]  # fmt: skip


def by_day(rows: Sequence[Row]) -> dict[date, dict[str, float]]:
    """Figures (``day, name, value``) as one row a day, in the order of days."""
    found: dict[date, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["day"], {})[row["name"]] = row["value"]
    return dict(sorted(found.items()))


def _one(standing: Mapping[date, Mapping[str, float]], name: str, shown_as: str = "") -> list[dict[str, Any]]:
    """One figure over the days that have it."""
    return [{"day": day, shown_as or name: row[name]} for day, row in standing.items() if name in row]


def _most(figures_now: Mapping[str, Mapping[str, float]], name: str, as_name: str, turned: Any) -> list[dict[str, Any]]:
    """The dealers with the largest figure, at most `MOST`; those without any are left out."""
    found = [(turned(own[name]), dealer) for dealer, own in figures_now.items() if name in own]
    worst = sorted(((value, dealer) for value, dealer in found if value > 1e-9), key=lambda one: (-one[0], one[1]))[
        :MOST
    ]
    return [{"dealer": dealer, as_name: value} for value, dealer in worst]
