"""Dealers for the importer's people: how each does beside the network, and one dealer's scorecard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.auth import AUDITOR, HEAD_OFFICE, STEWARD
from api.web.columns import Column, Table
from api.web.dashboard import by_day
from api.web.pages import Page, render
from api.web.tables import Shown, plain, whole
from api.web.uploads import LEDGER
from api.web.visitors import Visit, Visitor
from api.web.wording import N_
from hub.errors import NotFound
from hub.flows.scorecard import Scorecard, last_days, scorecard, scorecards
from hub.network.scorecard import MEASURES, Score
from hub.store.dealer_pages import dealer_names, find_dealer
from hub.store.upload_pages import list_uploads

router = APIRouter(prefix="/dealers", route_class=Page)
Reader = Annotated[Visitor, Depends(Visit(HEAD_OFFICE, STEWARD, AUDITOR))]
Code = Annotated[str, Path(max_length=64)]
Days = Annotated[Literal["14", "30", "90"], Query()]
SPANS = ("14", "30", "90")

CARDS = Table(
    "dealers", N_("Dealers beside each other"),
    (
        Column("code", N_("Dealer"), "text", "/dealers/{code}"),
        Column("name", N_("Name")),
        Column("city", N_("City")),
        *(Column(m.name, m.title, m.kind, about=m.about) for m in MEASURES),
        Column("worse", N_("Became worse"), "count", about=N_("Figures that became worse than in the time before.")),
        Column("missed", N_("Aims missed"), "count"),
    ),
    N_("No dealer is in the registry yet. `dealerhub dealers sync` brings it in."),
)  # fmt: skip
NIGHTS = Table(
    "nights", N_("Rows that came, night by night"),
    (
        Column("day", N_("Night"), "day"),
        Column("rows", N_("Rows"), "count"),
        Column("rejected", N_("Set aside"), "count"),
    ),
    N_("No file came in this time."),
)  # fmt: skip
SHARES = Table(
    "shares", N_("Share of rows set aside, night by night"),
    (Column("day", N_("Night"), "day"), Column("share", N_("Set aside"), "share")), N_("No file came in this time."),
)  # fmt: skip
STANDING = Table(
    "standing", N_("Own duplicates and consents, night by night"),
    (
        Column("day", N_("Night"), "day"),
        Column("duplicates", N_("Own duplicates"), "share"),
        Column("consent", N_("Consent coverage"), "share"),
    ),
    N_("The nightly run fills this: once a night has ended, its figures stand here."),
)  # fmt: skip


@router.get("")
def beside_each_other(request: Request, visitor: Reader, days: Days = "30") -> Response:
    with visitor.database.worker() as conn:  # medians and the importer's own view: this page is not for dealers
        cards = scorecards(conn, *last_days(int(days), datetime.now(UTC)))
        names = dealer_names(conn)
    found = whole(request, CARDS, [_row(code, names.get(code, {}), card) for code, card in cards.items()])
    if isinstance(found, Response):
        return found
    return render(request, "dealers.html", table=found, days=days, spans=SPANS)


@router.get("/{code}")
def one_dealer(request: Request, visitor: Reader, code: Code, days: Days = "30") -> Response:
    with visitor.session() as session:
        dealer = find_dealer(session.conn, code)
        if dealer is None:
            raise NotFound("There is no such dealer.")
        uploads = list_uploads(session.conn, None, 10, code, None, None)
    with visitor.database.worker() as conn:
        card = scorecard(conn, code, *last_days(int(days), datetime.now(UTC)))
    return render(
        request,
        "dealer.html",
        dealer=dealer,
        card=card,
        days=days,
        spans=SPANS,
        charts=card_charts(card),
        uploads=plain(LEDGER, uploads),
    )


def card_charts(card: Scorecard) -> list[tuple[str, Shown]]:
    """Kind and table of each chart of a scorecard."""
    standing: Sequence[dict[str, Any]] = [
        {"day": day, "duplicates": row.get("duplicates"), "consent": row.get("consent")}
        for day, row in by_day(card.standing).items()
    ]
    return [
        ("bars", plain(NIGHTS, card.nights)),
        ("line", plain(SHARES, card.nights)),
        ("line", plain(STANDING, standing)),
    ]


def _row(code: str, names: dict[str, Any], card: Sequence[Score]) -> dict[str, Any]:
    found: dict[str, Any] = {"code": code, "name": names.get("name"), "city": names.get("city")}
    found |= {one.measure.name: one.value for one in card}
    return found | {
        "worse": sum(one.trend == "worse" for one in card),
        "missed": sum(one.gap > 0 for one in card),
    }
