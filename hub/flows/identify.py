"""Who is this? One record, or many, against the base: by the very keys, comparisons and model of the nightly match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection

from hub.feeds import CUSTOMERS
from hub.intake.dates import dates
from hub.matching.frequency import SHARED_SCHEMA, weigh_contacts
from hub.matching.keys import BLOCK_CAP, blocking_keys
from hub.matching.model import Model, load, start_model
from hub.matching.records import complete, encode
from hub.matching.score import Reason, Scorer, probability
from hub.normalize.party import party_records
from hub.store import matching as store
from hub.store.models import active_body


@dataclass(frozen=True)
class Candidate:
    """A golden record that the record in question may be.

    Attributes:
        golden_id: its id as the caller sees it.
        probability: that both are one party, by the model.
        decision: "match" (the nightly job would merge), "review" (a steward would decide) or "no_match".
        reasons: the evidence against its most similar source record, field by field, adding up to ``log2_odds``.
    """

    golden_id: str
    probability: float
    log2_odds: float
    decision: str
    reasons: list[Reason]


def identify(
    conn: Connection, rows: Sequence[Mapping[str, Any]], limit: int = 5, dealer: str | None = None
) -> list[list[Candidate]]:
    """Candidates for each row, the most probable first.

    Args:
        conn: a transaction on behalf of the caller: only records in its slice are candidates.
        rows: canonical columns of the customers feed, as text; what is unknown may be absent.
        limit: candidates at most for each row.
        dealer: the caller's dealer, when it is one.
    """
    columns = {name: [_text(row.get(name)) for row in rows] for name in CUSTOMERS.names}
    asked = party_records(
        pl.DataFrame(columns, schema=dict.fromkeys(CUSTOMERS.names, pl.String)).with_columns(
            pl.col("birth_date").map_batches(dates, return_dtype=pl.String)
        )
    )
    model = current_model(conn)
    keys = blocking_keys(encode(asked), model.keys)
    rids = store.records_under(conn, np.unique(keys.keys).view(np.int64).tolist(), BLOCK_CAP)
    if not rids:
        return [[] for _ in rows]
    base = store.few_matching_parties(conn, rids)
    together = pl.concat([complete(asked).select(_SHARED), complete(base).select(_SHARED)], how="vertical")
    shared = store.shared_values(conn) if dealer is None else pl.DataFrame(schema=SHARED_SCHEMA)
    scorer = Scorer(model, encode(weigh_contacts(together, shared), model.extra))
    golden = store.golden_of(conn, rids, dealer)
    return [_candidates(scorer, row, len(rows), base["rid"], golden)[:limit] for row in range(len(rows))]


def _candidates(
    scorer: Scorer, row: int, first: int, rids: pl.Series, golden: dict[int, tuple[int, str]]
) -> list[Candidate]:
    """The golden records behind the records scored against one row, each by its most similar member."""
    others = np.arange(first, len(scorer.records))
    scores = scorer.score(np.full(len(others), row), others)
    weight = scores.weight
    best: dict[int, int] = {}
    for place in np.lexsort((rids.to_numpy(), -weight)).tolist():
        found = golden.get(rids[place])
        if found and not scores.forbidden[place]:
            best.setdefault(found[0], place)
    return [
        Candidate(
            golden_id=golden[rids[place]][1],
            probability=round(float(probability(weight[place : place + 1])[0]), 6),
            log2_odds=round(float(weight[place]), 3),
            decision=decision(scorer.model, float(weight[place])),
            reasons=scorer.reasons(row, first + place),
        )
        for place in best.values()
    ]


def decision(model: Model, log2_odds: float) -> str:
    """What the nightly job would do with a pair of this score."""
    if log2_odds >= model.match:
        return "match"
    return "review" if log2_odds >= model.review else "no_match"


def current_model(conn: Connection) -> Model:
    """The model in force, parsed once for each version."""
    body = active_body(conn)
    return _parsed(body) if body else _start()


@lru_cache(maxsize=4)
def _parsed(body: str) -> Model:
    return load(body)


@lru_cache(maxsize=1)
def _start() -> Model:
    return start_model()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return "; ".join(str(item) for item in value)
    return str(value)


# what both sides have: the rest of the columns is evidence that a stranger does not bring
_SHARED = [name for name in complete(pl.DataFrame()).columns if not name.startswith(("own_", "common_", "shown_"))]
