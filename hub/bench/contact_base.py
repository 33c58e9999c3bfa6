"""A made-up network with all that the rules of contacts look at: records, consents, contacts, households, owners.

Columns go in by COPY; matching is left out, since the partition is known. The same arguments give the same base.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from sqlalchemy import Connection

from hub.network.places import load_places
from hub.store.bulk import copy_in
from hub.store.places import sync_places
from hub.store.uploads import Arrival, enter_upload

SECOND = 0.35  # share of people whom a second dealer knows
CONSENTS, CONTACTS = 0.3, 0.6  # rows a record
FAMILIES, OWNED = 0.3, 0.2  # shares of people
LARGE = 12_000  # records of the first dealer, at most half of the people
_CITIES = ("moskva", "tver", "kazan", "vladivostok", "novosibirsk", "samara")
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Network:
    """What was made: for each record its dealer (0 …) and its golden record; a record's number is its place + 1."""

    dealer: Numbers
    golden: Numbers

    def records_of(self, dealer: int, count: int) -> list[str]:
        """Record numbers of a dealer."""
        return [str(place + 1) for place in np.flatnonzero(self.dealer == dealer)[:count]]

    def ids(self, count: int, seed: int) -> list[str]:
        """Ids of some records."""
        places = np.random.default_rng(seed).choice(len(self.dealer), count, replace=False)
        return [identity(place + 1) for place in places.tolist()]


def code(dealer: int) -> str:
    """A dealer's code."""
    return f"D{dealer:03}"


def identity(number: int) -> str:
    """The id of the record of this number."""
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}"


def fill(conn: Connection, people: int, dealers: int, now: datetime, seed: int = 1) -> Network:
    """Fill an empty base with so many golden records."""
    rng = np.random.default_rng(seed)
    second = np.flatnonzero(rng.random(people) < SECOND)
    golden = np.concatenate([np.arange(people), second]) + 1
    dealer = rng.integers(0, dealers, len(golden))
    dealer[rng.choice(people, min(LARGE, people // 2), replace=False)] = 0
    network = Network(dealer, golden)
    uploads = _dealers(conn, dealers, now)
    _records(conn, network, uploads, now, rng)
    _relations(conn, people, dealers, now, rng)
    _consents(conn, network, uploads, now, rng)
    _contacts(conn, network, uploads, now, rng)
    sync_places(conn, load_places())
    return network


def _dealers(conn: Connection, dealers: int, now: datetime) -> Numbers:
    """Dealers, with an upload each; returns the uploads."""
    codes = [code(number) for number in range(dealers)]
    copy_in(conn, "dealer", pl.DataFrame({"code": codes, "brands": [["Lada"]] * dealers}))
    received = now - timedelta(days=800)
    arrivals = [
        Arrival(
            dealer=one, feed="customers", file_name="f.csv", sha256=one, bytes=1, day=received.date(), delta=True,
            received_at=received, author="bench", spec_id=None,
        )
        for one in codes
    ]  # fmt: skip
    return np.array([enter_upload(conn, arrival) for arrival in arrivals], np.int64)


def _source(network: Network, places: Numbers, uploads: Numbers, now: datetime, first: int) -> pl.DataFrame:
    """The columns that every feed's table has, for rows of the records at these places."""
    size = len(places)
    numbers = list(range(first, first + size))
    dealer = network.dealer[places]
    return pl.DataFrame(
        {
            "rid": numbers,
            "id": [identity(number) for number in numbers],
            "dealer": pl.Series([code(number) for number in range(len(uploads))]).gather(pl.Series(dealer)),
            "record_no": [str(number) for number in numbers],
            "upload_id": uploads[dealer],
            "day": [now.date()] * size,
            "row_hash": [identity(number) for number in numbers],
            "first_seen": [now - timedelta(days=800)] * size,
        }
    )


def _records(conn: Connection, network: Network, uploads: Numbers, now: datetime, rng: np.random.Generator) -> None:
    places = np.arange(len(network.dealer))
    source = _source(network, places, uploads, now, 1)
    flag = pl.Series(rng.random(len(places)) < 0.02)
    copy_in(conn, "customers", source.with_columns(opted_out=flag))
    copy_in(
        conn,
        "party",
        source.select("rid", "id", "dealer", "record_no", "first_seen").with_columns(
            feed=pl.lit("customers"),
            account=pl.col("record_no"),
            stated_on=pl.lit(now.date()),
            ended=pl.lit(False),
            kind=pl.lit("person"),
            city=pl.Series(_CITIES).gather(pl.Series(rng.integers(0, len(_CITIES), len(places)))),
            country=pl.lit("ru"),
        ),
    )
    copy_in(conn, "membership", source.select("rid", "dealer").with_columns(golden=pl.Series(network.golden)))


def _relations(conn: Connection, people: int, dealers: int, now: datetime, rng: np.random.Generator) -> None:
    """Households of three, and owners of prospects."""
    housed = rng.permutation(people)[: int(people * FAMILIES) // 3 * 3].reshape(-1, 3) + 1
    pairs = {"golden": housed.ravel(), "household": np.repeat(housed.min(axis=1), 3)}
    copy_in(conn, "household", pl.DataFrame(pairs))
    owned = np.flatnonzero(rng.random(people) < OWNED) + 1
    codes = pl.Series([code(number) for number in range(dealers)])
    frame = pl.DataFrame({"golden": owned, "dealer": codes.gather(pl.Series(rng.integers(0, dealers, len(owned))))})
    copy_in(
        conn,
        "ownership",
        frame.with_columns(
            brand=pl.lit("lada"), purpose=pl.lit("new"), valid_from=pl.lit(now - timedelta(days=20)),
            valid_until=pl.lit(now + timedelta(days=60)), rule=pl.lit("claim"), policy=pl.lit("bench"), reason=pl.lit(""),
        ),
    )  # fmt: skip


def _consents(conn: Connection, network: Network, uploads: Numbers, now: datetime, rng: np.random.Generator) -> None:
    places = np.flatnonzero(rng.random(len(network.dealer)) < CONSENTS)
    size = len(places)
    purposes = pl.Series(["processing", "marketing", "transfer", "survey"])
    channels = pl.Series(["phone", "sms", "email", "any"])
    frame = _source(network, places, uploads, now, 100_000_000).with_columns(
        customer_no=pl.Series(places + 1).cast(pl.String),
        controller=pl.lit("dealer"),
        purpose=purposes.gather(pl.Series(rng.integers(0, 4, size))),
        channel=channels.gather(pl.Series(rng.integers(0, 4, size))),
        status=pl.when(pl.Series(rng.random(size) < 0.07)).then(pl.lit("withdrawn")).otherwise(pl.lit("granted")),
        at=_times(rng, size, 1000, now),
    )
    copy_in(conn, "consents", frame)


def _contacts(conn: Connection, network: Network, uploads: Numbers, now: datetime, rng: np.random.Generator) -> None:
    places = np.flatnonzero(rng.random(len(network.dealer)) < CONTACTS)
    size = len(places)
    channels = pl.Series(["call", "sms", "email", "messenger", "visit"])
    frame = _source(network, places, uploads, now, 200_000_000).with_columns(
        customer_no=pl.Series(places + 1).cast(pl.String),
        channel=channels.gather(pl.Series(rng.integers(0, 5, size))),
        direction=pl.when(pl.Series(rng.random(size) < 0.65)).then(pl.lit("out")).otherwise(pl.lit("in")),
        campaign=pl.when(pl.Series(rng.random(size) < 0.6)).then(pl.lit("autumn")),
        at=_times(rng, size, 200, now),
    )
    copy_in(conn, "interactions", frame)


def _times(rng: np.random.Generator, size: int, days: int, now: datetime) -> pl.Series:
    """Moments of the last so many days."""
    before = rng.integers(0, days * 86_400, size) * 1_000_000
    start = int(now.astimezone(UTC).timestamp() * 1_000_000)
    return pl.Series(start - before).cast(pl.Datetime("us", "UTC"))
