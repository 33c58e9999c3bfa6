"""The sales feed: what became of cars changing hands over the last four years, and of sales that fell through."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from hub.demo import identifiers
from hub.demo.columns import text_frame
from hub.demo.dealers import Dealer
from hub.demo.leads import REASONS, salespeople, stamp
from hub.demo.memberships import DAY, TODAY, Memberships, number_records
from hub.demo.people import People
from hub.demo.randomness import Days, Ints, Rng, Texts, chance, choose, stream, texts, weighted
from hub.demo.shares import share
from hub.demo.vehicles import mates

HISTORY: Final = np.datetime64("2022-11-20")
STATUSES: Final = texts(["delivered", "contracted", "ordered", "cancelled", "lost"])
PAYMENTS: Final = texts(["cash", "credit", "lease"])
CURRENCY_RATE: Final = {"RUB": 1.0, "BYN": 0.035, "KZT": 5.5}


def known_at(members: Memberships) -> pl.DataFrame:
    """party, _dealer, customer_no of first records, one row a party and dealer."""
    numbers = pl.Series(members.record_no.tolist(), dtype=pl.String)
    frame = pl.DataFrame({"party": members.party, "_dealer": members.dealer, "customer_no": numbers})
    return frame.filter(pl.Series(~members.again))


def feed(
    seed: int, people: People, fleet: pl.DataFrame, held: pl.DataFrame, members: Memberships, dealers: list[Dealer]
) -> pl.DataFrame:
    """Canonical text columns of the sales feed with ``_dealer``, ``_party`` and ``_at`` (day it ended)."""
    rng = stream(seed, "sales")
    known = known_at(members)
    order = known.with_columns(key=pl.Series(rng.random(known.height)))
    seller = order.sort("key", maintain_order=True).unique("party", keep="first", maintain_order=True).sort("party")
    rows = (
        held.filter(pl.col("role").is_in(["owner", "lessee"]) & (pl.col("since") >= HISTORY.item()))
        .join(seller, on="party", maintain_order="left")
        .join(fleet, on="car", suffix="_car", maintain_order="left")
        .filter(pl.col("brand").is_in(["Volkswagen", "Mazda", "Geely"]))
        .sort("_dealer", "since", "car", maintain_order=True)
    )
    mate = pl.DataFrame({"party": np.arange(len(people)), "mate": mates(people)})
    mate = mate.join(
        known.rename({"party": "mate", "customer_no": "mate_no"}), on="mate", maintain_order="left"
    ).select("party", "_dealer", "mate_no")
    rows = rows.join(mate, on=["party", "_dealer"], how="left", maintain_order="left")
    rows = rows.join(_given_up(held, fleet), on="party", how="left", maintain_order="left")
    return _written(rng, rows, dealers, len(people))


def _given_up(held: pl.DataFrame, fleet: pl.DataFrame) -> pl.DataFrame:
    """A car that a party once owned and gave up: party, given_up (its VIN)."""
    gone = held.filter(pl.col("role").is_in(["owner", "lessee"]) & pl.col("until").is_not_null())
    gone = gone.join(fleet.select("car", given_up="vin"), on="car", maintain_order="left")
    return gone.select("party", "given_up").unique("party", keep="first", maintain_order=True)


def _written(rng: Rng, rows: pl.DataFrame, dealers: list[Dealer], people: int) -> pl.DataFrame:
    size, dealer = rows.height, rows["_dealer"].to_numpy()
    since = rows["since"].to_numpy().astype("datetime64[D]")
    recent = (TODAY - since).astype(np.int64) < 60
    often, late = np.array([86, 0, 0, 6, 8.0]), np.array([10, 40, 40, 5, 5.0])
    code = np.where(recent, weighted(rng, late, size), weighted(rng, often, size))
    ordered, contracted, delivered = _course(rng, since, code)
    money = texts([d.currency for d in dealers])[dealer]
    price = rng.integers(900, 5200, size) * 1000 * np.array([CURRENCY_RATE[m] for m in money])
    vins = texts(rows["vin"].to_list())
    # of a car that nobody else in the network has had, unless the buyer gave up one of the fleet
    strangers = texts(["WBA", "JN1", "VF1"])[rng.integers(0, 3, size)]
    strange = identifiers.vins(rng, strangers, rows["year"].to_numpy(), np.zeros(size, dtype=bool))
    given_up = texts(rows["given_up"].to_list())
    traded = np.where(given_up == None, strange, given_up)  # noqa: E711
    company = rows["party"].to_numpy() >= people
    frame = text_frame(
        {
            "record_no": number_records(dealer, "S", 1),
            "customer_no": rows["customer_no"],
            "co_buyer_no": choose(chance(rng, size, 0.2), texts(rows["mate_no"].to_list()), None),
            "vin": choose(code <= 1, vins, None),
            "brand": rows["brand"],
            "model": rows["model"],
            "new_or_used": np.where(
                rows["year"].to_numpy() + 1 >= since.astype("datetime64[Y]").astype(int) + 1970, "new", "used"
            ),
            "status": STATUSES[code],
            "ordered_at": ordered,
            "contracted_at": contracted,
            "delivered_at": delivered,
            "price": texts([f"{p:.2f}" for p in price]),
            "currency": money,
            "payment": PAYMENTS[
                np.where(
                    company, weighted(rng, np.array([3, 1, 6.0]), size), weighted(rng, np.array([5, 5, 0.2]), size)
                )
            ],
            "deposit": choose(chance(rng, size, 0.4), texts([f"{p * 0.05:.2f}" for p in price]), None),
            "trade_in_vin": choose(chance(rng, size, 0.18), traded, None),
            "salesperson": salespeople()[(dealer * 7 + rng.integers(0, 7, size)) % 300],
            "lost_reason": choose(code == 4, REASONS[rng.integers(0, 5, size)], None),
        }
    )
    return frame.with_columns(_dealer=rows["_dealer"], _party=rows["party"], _at=rows["since"], _vin=rows["vin"])


def _course(rng: Rng, since: Days, code: Ints) -> tuple[Texts, Texts, Texts]:
    """Order, contract and delivery as far as the sale came, nearly always in this order."""
    size = len(since)
    noon = since.astype("datetime64[m]") + rng.integers(600, 1140, size)
    contract = noon - rng.integers(0, 40, size) * 1440
    order = contract - rng.integers(0, 30, size) * 1440 - rng.integers(0, 500, size)
    order = np.where(chance(rng, size, share("out_of_order")), noon + 10 * DAY, order)
    return (
        stamp(order),
        choose(np.isin(code, [0, 1]), stamp(contract), None),
        choose(code == 0, stamp(noon), None),
    )
