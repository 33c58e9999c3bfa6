"""Who is this? One record, or many, against the base: by the very keys, comparisons and model of the nightly match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sqlalchemy import Connection

from hub.feeds import CUSTOMERS
from hub.intake.dates import dates
from hub.matching.arrays import ramp
from hub.matching.frequency import SHARED_SCHEMA, weigh_contacts
from hub.matching.keys import BLOCK_CAP, Keys, blocking_keys
from hub.matching.model import Model, load, start_model
from hub.matching.records import complete, encode
from hub.matching.score import Reason, Scorer, probability
from hub.normalize.party import party_records
from hub.store import matching as store
from hub.store.models import active_body

Pairs = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Candidate:
    """A golden record that the record in question may be.

    Attributes:
        golden: its number in the base, for further look-ups.
        golden_id: its id as the caller sees it.
        probability: that both are one party, by the model.
        decision: "match" (the nightly job would merge), "review" (a steward would decide) or "no_match".
        reasons: the evidence against its most similar source record, field by field, adding up to ``log2_odds``.
    """

    golden: int
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
    met = store.holders_under(conn, np.unique(keys.keys).view(np.int64).tolist(), BLOCK_CAP)
    if not len(met):
        return [[] for _ in rows]
    rids = np.unique(met[:, 1])
    base = store.few_matching_parties(conn, rids.tolist())
    together = pl.concat([complete(asked).select(_SHARED), complete(base).select(_SHARED)], how="vertical")
    shared = store.shared_values(conn) if dealer is None else pl.DataFrame(schema=SHARED_SCHEMA)
    scorer = Scorer(model, encode(weigh_contacts(together, shared), model.extra))
    golden = store.golden_of(conn, rids.tolist(), dealer)
    i, j = _pairs(keys, met, base["rid"].to_numpy())
    return _candidates(scorer, (i, j + len(rows)), [golden.get(rid) for rid in base["rid"]], len(rows), limit)


def _pairs(keys: Keys, met: npt.NDArray[np.int64], rids: npt.NDArray[np.int64]) -> Pairs:
    """Each asked row with each record of the base that shares one of its keys; the place of a record is that in ``rids``."""
    order = np.argsort(keys.keys.view(np.int64), kind="stable")
    known = keys.keys.view(np.int64)[order]
    begin, end = (np.searchsorted(known, met[:, 0], side=side) for side in ("left", "right"))
    rows = keys.rows[order][np.repeat(begin, end - begin) + ramp(end - begin)].astype(np.int64)
    by_rid = np.argsort(rids, kind="stable")
    places = by_rid[np.searchsorted(rids[by_rid], met[:, 1])]
    packed = np.unique(rows * len(rids) + np.repeat(places, end - begin))
    return packed // len(rids), packed % len(rids)


def _candidates(
    scorer: Scorer, pairs: Pairs, golden: Sequence[tuple[int, str] | None], rows: int, limit: int
) -> list[list[Candidate]]:
    """For each row the golden records behind the records that it was scored against, each by its most similar member.

    Args:
        pairs: row and record, as rows of the scorer's records; the records of the base follow the asked rows.
        golden: for each record of the base the golden record that it stands in, and its id.
    """
    i, j = pairs
    scores = scorer.score(i, j)
    best: list[dict[int, int]] = [{} for _ in range(rows)]
    ranked = np.lexsort((scorer.records.rank[j], -scores.weight))
    for pair in ranked[~scores.forbidden[ranked]].tolist():
        found, chosen = golden[j[pair] - rows], best[i[pair]]
        if found and (len(chosen) < limit or found[0] in chosen):
            chosen.setdefault(found[0], pair)
    taken = np.array([pair for chosen in best for pair in chosen.values()], np.int64)
    reasons = iter(scorer.reasons_of(i[taken], j[taken]))
    return [
        [
            _candidate(scorer.model, number, golden[j[pair] - rows], float(scores.weight[pair]), next(reasons))
            for number, pair in chosen.items()
        ]
        for chosen in best
    ]


def _candidate(
    model: Model, golden: int, found: tuple[int, str] | None, weight: float, reasons: list[Reason]
) -> Candidate:
    assert found is not None
    return Candidate(
        golden=golden,
        golden_id=found[1],
        probability=round(float(probability(np.array([weight]))[0]), 6),
        log2_odds=round(weight, 3),
        decision=decision(model, weight),
        reasons=reasons,
    )


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
