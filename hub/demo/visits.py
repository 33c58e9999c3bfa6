"""The service_visits feed, with long body repairs that come in several transactions."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from hub.demo.columns import text_frame
from hub.demo.dealers import Dealer
from hub.demo.leads import salespeople, stamp
from hub.demo.memberships import DAY, HOUSE_NUMBER, TODAY, YESTERDAY, Memberships, number_records
from hub.demo.randomness import Days, Ints, Rng, chance, choose, stream, texts, weighted
from hub.demo.sales import CURRENCY_RATE, HISTORY, known_at
from hub.demo.shares import share

DEPARTMENTS: Final = texts(["mechanical", "body", "parts", "tyres", "wash", "insurance"])
COMPLAINTS: Final = texts(
    [
        "ТО по регламенту",
        "Стук в подвеске",
        "Замена масла",
        "Не работает кондиционер",
        "Скрип тормозов",
        "Диагностика",
        "Окраска бампера",
        "Замена лобового стекла",
        "Сезонная смена шин",
        "Ошибка двигателя",
    ]
)
LONG_REPAIR: Final = 0.03  # visits that are one transaction of a body repair of many weeks
AVERAGE: Final = 1.0  # visits a person known to a dealer with a car


def feed(
    seed: int, fleet: pl.DataFrame, held: pl.DataFrame, members: Memberships, dealers: list[Dealer]
) -> pl.DataFrame:
    """Canonical text columns of the service_visits feed with ``_dealer``, ``_party`` and ``_at``."""
    rng = stream(seed, "visits")
    pairs = held.filter(pl.col("since") < (TODAY - 30 * DAY).item()).join(
        known_at(members), on="party", maintain_order="left_right"
    )
    pairs = pairs.filter(pl.Series(chance(rng, pairs.height, 0.25)))
    rows = pairs.select(pl.all().repeat_by(pl.Series(1 + rng.poisson(AVERAGE * 0.6, pairs.height))).explode())
    rows = rows.join(fleet.select("car", "vin", "year"), on="car", maintain_order="left")
    start = np.maximum(rows["since"].to_numpy().astype("datetime64[D]"), HISTORY)
    end = np.minimum(rows["until"].fill_null(TODAY.item()).to_numpy().astype("datetime64[D]"), YESTERDAY)
    room = np.maximum((end - start).astype(np.int64), 1)
    opened = start + (room * rng.random(rows.height)).astype(np.int64)
    rows = rows.with_columns(opened=pl.Series(opened), days=pl.Series(rng.choice([0, 0, 0, 1, 1, 2, 4], rows.height)))
    rows = rows.with_columns(department=pl.Series(weighted(rng, np.array([60, 6, 6, 14, 12, 2.0]), rows.height)))
    rows = pl.concat([rows, _long_repairs(rng, rows)]).sort("_dealer", "opened", "car", maintain_order=True)
    return _written(rng, rows, dealers)


def _long_repairs(rng: Rng, rows: pl.DataFrame) -> pl.DataFrame:
    """Further transactions of one repair: same car and dealer, days that overlap."""
    long = rows.filter(pl.Series(chance(rng, rows.height, LONG_REPAIR)))
    parts = long.select(pl.all().repeat_by(pl.Series(rng.integers(2, 5, long.height))).explode())
    shift = pl.Series(rng.integers(0, 12, parts.height))
    opened = (parts["opened"].to_numpy().astype("datetime64[D]") + shift.to_numpy()).astype("datetime64[D]")
    return parts.with_columns(
        opened=pl.Series(np.minimum(opened, YESTERDAY)),
        days=pl.Series(rng.integers(12, 45, parts.height)),
        department=pl.Series(rng.choice([1, 1, 2, 5], parts.height)),
    )


def _written(rng: Rng, rows: pl.DataFrame, dealers: list[Dealer]) -> pl.DataFrame:
    size, dealer = rows.height, rows["_dealer"].to_numpy()
    opened: Days = rows["opened"].to_numpy().astype("datetime64[m]") + rng.integers(480, 1080, size)
    closed = opened + rows["days"].to_numpy() * 1440 + rng.integers(30, 300, size)
    still_open = closed >= TODAY.astype("datetime64[m]")
    department = rows["department"].to_numpy()
    money = texts([d.currency for d in dealers])[dealer]
    amount = (
        rng.lognormal(9.2, 0.8, size) * np.where(department == 1, 6, 1) * np.array([CURRENCY_RATE[m] for m in money])
    )
    age: Ints = opened.astype("datetime64[Y]").astype(np.int64) + 1970 - rows["year"].to_numpy() + 1
    odometer = np.maximum(age, 1) * rng.integers(8_000, 25_000, size)
    frame = text_frame(
        {
            "record_no": number_records(dealer, "V", 1),
            "customer_no": choose(
                chance(rng, size, share("house_visit")), HOUSE_NUMBER, texts(rows["customer_no"].to_list())
            ),
            "vin": rows["vin"],
            "department": DEPARTMENTS[department],
            "opened_at": stamp(opened),
            "closed_at": choose(still_open, None, stamp(closed)),
            "odometer": texts([str(km) for km in odometer.tolist()]),
            "amount": texts([f"{a:.2f}" for a in amount.tolist()]),
            "currency": money,
            "complaint": choose(chance(rng, size, 0.7), COMPLAINTS[rng.integers(0, len(COMPLAINTS), size)], None),
            "advisor": salespeople()[(dealer * 5 + 100 + rng.integers(0, 5, size)) % 300],
        }
    )
    return frame.with_columns(_dealer=rows["_dealer"], _party=rows["party"], _at=rows["opened"], _vin=rows["vin"])
