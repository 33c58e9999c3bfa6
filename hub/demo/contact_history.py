"""The feeds of contacts: interactions, consents and surveys."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from hub.demo.columns import text_frame
from hub.demo.leads import stamp
from hub.demo.memberships import DAY, TODAY, YESTERDAY, Memberships, number_records
from hub.demo.randomness import Ints, Rng, Texts, chance, choose, stream, texts, weighted
from hub.demo.sales import HISTORY, known_at

CHANNELS: Final = texts(["visit", "call", "sms", "email", "post", "messenger"])
SUBJECTS: Final = texts(
    ["Приглашение на ТО", "Тест-драйв", "Коммерческое предложение", "Поздравление", "Отзывная кампания", "Опрос"]
)
OUTCOMES: Final = texts(["дозвонились", "не ответил", "записан", "отказ", "перезвонить"])
CAMPAIGNS: Final = texts(["winter-tyres-2025", "trade-in-2026", "spring-service-2026", "new-model-2026"])
CONTROLLERS: Final = texts(["dealer", "importer", "manufacturer"])
PURPOSES: Final = texts(["processing", "marketing", "transfer", "survey", "recall"])
CONSENT_CHANNELS: Final = texts(["phone", "sms", "email", "post", "messenger", "any"])
COMMENTS: Final = texts(["Всё отлично", "Долго ждал", "Спасибо мастеру", "Не перезвонили", "Дорого, но качественно"])
PER_RECORD: Final = {"interactions": 0.25, "consents": 0.28, "surveys": 0.2}


def interactions(seed: int, members: Memberships, leads: pl.DataFrame) -> pl.DataFrame:
    """Calls, messages and visits: half about customers, half about leads."""
    rng = stream(seed, "interactions")
    known = known_at(members)
    some = known.filter(pl.Series(chance(rng, known.height, PER_RECORD["interactions"])))
    of_lead = leads.filter(pl.Series(chance(rng, leads.height, 0.4)))
    rows = pl.concat(
        [
            some.select("_dealer", "customer_no", lead_no=pl.lit(None, dtype=pl.String), _party="party"),
            of_lead.select("_dealer", "customer_no", "_party", lead_no="record_no").select(
                "_dealer", "customer_no", "lead_no", "_party"
            ),
        ]
    ).with_columns(at=pl.Series(_times(rng, some.height + of_lead.height)))
    rows = rows.sort("_dealer", "at", "customer_no", "lead_no", maintain_order=True)
    size = rows.height
    channel = weighted(rng, np.array([8, 45, 18, 16, 1, 12.0]), size)
    frame = text_frame(
        {
            "record_no": number_records(rows["_dealer"].to_numpy(), "I", 1),
            "customer_no": rows["customer_no"],
            "lead_no": rows["lead_no"],
            "channel": CHANNELS[channel],
            "direction": np.where(chance(rng, size, 0.35), "in", "out"),
            "at": stamp(rows["at"].to_numpy()),
            "subject": choose(chance(rng, size, 0.8), SUBJECTS[rng.integers(0, 6, size)], None),
            "campaign": choose(chance(rng, size, 0.2), CAMPAIGNS[rng.integers(0, 4, size)], None),
            "outcome": choose(chance(rng, size, 0.6), OUTCOMES[rng.integers(0, 5, size)], None),
        }
    )
    return frame.with_columns(_dealer=rows["_dealer"], _party=rows["_party"])


def consents(seed: int, members: Memberships) -> pl.DataFrame:
    """Consents by controller, purpose and channel, some withdrawn later."""
    rng = stream(seed, "consents")
    known = known_at(members)
    rows = known.filter(pl.Series(chance(rng, known.height, PER_RECORD["consents"])))
    rows = rows.with_columns(at=pl.Series(_times(rng, rows.height))).sort(
        "_dealer", "at", "customer_no", maintain_order=True
    )
    size = rows.height
    at = rows["at"].to_numpy().astype("datetime64[m]")
    purpose = weighted(rng, np.array([40, 35, 12, 8, 5.0]), size)
    frame = text_frame(
        {
            "record_no": number_records(rows["_dealer"].to_numpy(), "N", 1),
            "customer_no": rows["customer_no"],
            "controller": CONTROLLERS[weighted(rng, np.array([70, 22, 8.0]), size)],
            "purpose": PURPOSES[purpose],
            "channel": CONSENT_CHANNELS[
                np.where(purpose == 0, 5, weighted(rng, np.array([30, 15, 15, 2, 8, 30.0]), size))
            ],
            "status": np.where(chance(rng, size, 0.07), "withdrawn", "granted"),
            "at": stamp(at),
            "wording_version": texts(["2022-1", "2023-2", "2025-1"])[rng.integers(0, 3, size)],
            "evidence": choose(chance(rng, size, 0.7), texts([f"scan-{n:06d}.pdf" for n in range(size)]), None),
            "expires_at": choose(chance(rng, size, 0.3), stamp(at + 5 * 365 * DAY), None),
        }
    )
    return frame.with_columns(_dealer=rows["_dealer"], _party=rows["party"])


def surveys(seed: int, sales: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Answers of some buyers and service customers, a few days after."""
    rng = stream(seed, "surveys")
    delivered = sales.filter(pl.col("status") == "delivered")
    columns = ["_dealer", "customer_no", "_vin", "_at", "_party"]
    both = pl.concat(
        [delivered.select(*columns, about=pl.lit("sale")), visits.select(*columns, about=pl.lit("service"))]
    )
    rows = both.filter(pl.Series(chance(rng, both.height, PER_RECORD["surveys"]))).sort(
        "_dealer", "_at", maintain_order=True
    )
    size = rows.height
    day: Ints = np.minimum(rows["_at"].to_numpy().astype("datetime64[D]") + rng.integers(1, 10, size), YESTERDAY)
    score = rng.choice(11, size, p=[0.03, 0.01, 0.02, 0.02, 0.03, 0.06, 0.06, 0.12, 0.2, 0.2, 0.25])
    frame = text_frame(
        {
            "record_no": number_records(rows["_dealer"].to_numpy(), "Q", 1),
            "customer_no": rows["customer_no"],
            "vin": rows["_vin"],
            "about": rows["about"],
            "at": stamp(day.astype("datetime64[m]") + rng.integers(600, 1200, size)),
            "score": _digits(score),
            "comment": choose(chance(rng, size, 0.4), COMMENTS[rng.integers(0, 5, size)], None),
            "complaint": np.where(score < 5, "true", "false"),
        }
    )
    return frame.with_columns(_dealer=rows["_dealer"], _party=rows["_party"])


def _times(rng: Rng, size: int) -> Ints:
    """Minutes of the last four years, more of the recent ones."""
    days = int((TODAY - HISTORY).astype(int)) - 1
    at: Ints = (HISTORY + (days * rng.random(size) ** 0.6).astype(np.int64)).astype("datetime64[m]")
    return (at + rng.integers(540, 1200, size)).astype("datetime64[ms]")


def _digits(values: Ints) -> Texts:
    return texts([str(value) for value in values.tolist()])
