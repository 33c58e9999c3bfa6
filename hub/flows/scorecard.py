"""How dealers do: the figures of a night are counted and kept; a dealer's scorecard is read from them and from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, RowMapping

from hub.errors import NotFound
from hub.network.scorecard import Score, medians, scores, to_improve
from hub.store import figures
from hub.store import scorecards as store
from hub.store.abuse import abuse_by_dealer
from hub.store.engine import Database
from hub.store.uploads import dealers

ABUSE_DAYS = 90


@dataclass(frozen=True)
class Scorecard:
    """A dealer's own figures beside the medians of the network; nothing in it tells of another dealer.

    Attributes:
        scores: all figures, in the order of `hub.network.scorecard.MEASURES`.
        advice: those that miss their aim, what matters most first; ``score.measure.advice`` says what to do.
        nights: by business day ``uploads, rows, rejected, share, stopped``.
        standing: ``day, name, value`` of the nights' figures (duplicates, consent …).
    """

    dealer: str
    since: datetime
    until: datetime
    scores: list[Score]
    advice: list[Score]
    nights: Sequence[RowMapping]
    standing: Sequence[RowMapping]


def write_figures(db: Database, day: date, at: datetime) -> None:
    """Count and keep how the network stands at the end of a night, and each dealer at least once a week.

    Args:
        day: business day of the night.
        at: what counts as now.
    """
    with db.worker() as conn:
        figures.count_network(conn, day, at)
        figures.count_dealers(conn, day, at)
        found = abuse_by_dealer(conn, at - timedelta(days=ABUSE_DAYS))
        figures.keep_figures(conn, day, "abuse", [(row["dealer"], row["share"]) for row in found])


def scorecard(conn: Connection, dealer: str, since: datetime, until: datetime) -> Scorecard:
    """A dealer's scorecard for a span of time, with the span before it for the trend.

    Args:
        conn: the worker's (`Database.worker`): the medians are over dealers whom a dealer's own slice does not show.

    Raises:
        NotFound: there is no such dealer.
    """
    if dealer not in dealers(conn):
        raise NotFound("There is no such dealer.")
    now, before = _figures(conn, since, until), _figures(conn, since - (until - since), since)
    found = scores(now.get(dealer, {}), before.get(dealer, {}), medians(now))
    return Scorecard(
        dealer,
        since,
        until,
        found,
        to_improve(found),
        store.nights_of(conn, dealer, since, until),
        figures.figures_over_time(conn, dealer, ("duplicates", "consent"), since.date(), until.date()),
    )


def scorecards(conn: Connection, since: datetime, until: datetime) -> dict[str, list[Score]]:
    """The scores of all dealers of the registry, for the importer's people.

    Args:
        conn: the worker's.
    """
    now, before = _figures(conn, since, until), _figures(conn, since - (until - since), since)
    network = medians(now)
    codes = sorted(code for code, known in dealers(conn).items() if known.registered)
    return {code: scores(now.get(code, {}), before.get(code, {}), network) for code in codes}


def last_days(days: int, at: datetime) -> tuple[datetime, datetime]:
    """The span of so many whole days (UTC) that ends with the day of ``at``."""
    until = datetime.combine(at.date() + timedelta(days=1), time(), UTC)
    return until - timedelta(days=days), until


def _figures(conn: Connection, since: datetime, until: datetime) -> dict[str, dict[str, float]]:
    done = store.done_by_dealer(conn, since, until)
    standing = figures.latest_figures(conn, until.date() - timedelta(days=1))
    return {
        dealer: standing.get(dealer, {}) | done.get(dealer, {})
        for dealer in {*standing, *done}
        if not dealer.startswith("@")
    }
