"""Who is this? One record, or many, against the base: by the very keys, comparisons and model of the nightly match."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import polars as pl
from sqlalchemy import Connection, Engine

from hub.feeds import CUSTOMERS
from hub.intake.dates import dates
from hub.matching.few import FewScorer, Row, Shared, columns_of, encode_few, keys_of_one, shared_of
from hub.matching.keys import BLOCK_CAP
from hub.matching.model import Model, load, start_model
from hub.matching.score import Reason, Scorer, Told, probability
from hub.normalize.single import party_record
from hub.store.candidates import NOBODY, Found, Stamp, candidates_under, shared_rows, stamp
from hub.store.models import active_body, model_body

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
    known = stamp(conn)
    return look_up(conn, Question.of(rows, model_of(conn, known.model)), known, limit, dealer)


def look_up(
    conn: Connection, question: Question, known: Stamp, limit: int = 5, dealer: str | None = None
) -> list[list[Candidate]]:
    """The same for a question that was put before: who needs its keys as well works them out once."""
    found = candidates_under(conn, list(question.place), BLOCK_CAP, dealer) if question.place else NOBODY
    shared = shared_values(conn, known) if dealer is None else {}
    return question.answer(found, shared, limit)


@dataclass(frozen=True)
class Question:
    """Rows to identify, ready to be looked up and scored.

    Attributes:
        asked: their party records.
        keys: the blocking keys of each.
        place: all of these keys, and where each stands among them.
    """

    model: Model
    asked: Sequence[Row]
    keys: Sequence[set[int]]
    place: Mapping[int, int]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], model: Model) -> Self:
        """The question that ``rows`` put, by the keys of ``model``."""
        return cls.about([party_of(row) for row in rows], model)

    @classmethod
    def about(cls, asked: Sequence[Row], model: Model) -> Self:
        """The same for rows that are read already."""
        keys = [keys_of_one(party, model.keys) for party in asked]
        return cls(model, asked, keys, {key: place for place, key in enumerate(set().union(*keys))})

    def answer(self, found: Found, shared: Shared, limit: int) -> list[list[Candidate]]:
        """Candidates for each row among the records found under ``place``, in the order of their ids."""
        n = len(self.asked)
        if not found.keys:
            return [[] for _ in range(n)]
        asked = columns_of(self.asked)
        columns = {name: [*asked[name], *column] for name, column in found.party.items()}
        records = encode_few(columns, shared, self.model.extra, n)
        pairs = _pairs(self.keys, self.place, found)
        return _candidates(FewScorer(self.model, records, n), pairs, found, n, limit)


def party_of(row: Mapping[str, Any]) -> Row:
    """The party record of canonical columns as a person may write them."""
    text = {name: _text(row.get(name)) for name in CUSTOMERS.names}
    born = text["birth_date"]
    if born and not _ISO_DATE.fullmatch(born):
        text["birth_date"] = _date(born)
    return party_record(text)


@lru_cache(maxsize=1 << 12)
def _date(text: str) -> str | None:
    """A date as people write it, by the rule for columns: whose fixed cost is that of a whole request."""
    read: str | None = dates(pl.Series([text]))[0]
    return read


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _pairs(keys: Sequence[set[int]], place: Mapping[int, int], found: Found) -> Pairs:
    """Each asked row with each record that shares one of its keys; records stand behind the rows."""
    n = len(keys)
    if n == 1:
        return np.zeros(len(found.keys), np.int64), np.arange(1, len(found.keys) + 1)
    askers: list[list[int]] = [[] for _ in place]
    for row, own in enumerate(keys):
        for key in own:
            askers[place[key]].append(row)
    met = [(row, n + number) for number, own in enumerate(found.keys) for row in {r for k in own for r in askers[k]}]
    i, j = zip(*met, strict=True)
    return np.array(i, np.int64), np.array(j, np.int64)


def _candidates(scorer: Scorer, pairs: Pairs, found: Found, rows: int, limit: int) -> list[list[Candidate]]:
    """For each row the golden records behind the records that it was scored against, each by its most similar member.

    Args:
        pairs: row and record, as rows of the scorer's records; the records found follow the asked rows.
    """
    i, j = pairs
    told: list[Told] = []
    scores = scorer.score(i, j, told)
    best: list[dict[int, int]] = [{} for _ in range(rows)]
    ranked = np.lexsort((scorer.records.rank[j], -scores.weight))
    allowed = ranked[~scores.forbidden[ranked]]
    for pair, row, record in zip(allowed.tolist(), i[allowed].tolist(), j[allowed].tolist(), strict=True):
        golden, chosen = found.golden[record - rows], best[row]
        if len(chosen) < limit or golden in chosen:
            chosen.setdefault(golden, pair)
    taken = np.array([pair for chosen in best for pair in chosen.values()], np.int64)
    weights = scores.weight[taken]
    made = (
        _candidate(scorer.model, found, record - rows, *scored)
        for record, *scored in zip(
            j[taken].tolist(),
            weights.tolist(),
            probability(weights).tolist(),
            scorer.told_reasons(told, taken),
            strict=True,
        )
    )
    return [[next(made) for _ in chosen] for chosen in best]


def _candidate(
    model: Model, found: Found, place: int, weight: float, chance: float, reasons: list[Reason]
) -> Candidate:
    return Candidate(
        golden=found.golden[place],
        golden_id=found.golden_ids[place],
        probability=round(chance, 6),
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
    return _parsed(body) if body else shipped_model()


class _Kept:
    """What one request leaves to the next: two models of one name have the same content, and so have the classified values
    of one stamp."""

    def __init__(self) -> None:
        self.models: dict[str, Model] = {}
        self.latest = shipped_model()
        self.shared: tuple[str | None, Shared] = (None, {})


_kept: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()


def model_of(conn: Connection, version: str | None) -> Model:
    """The model of a version, parsed once; None is the one that ships with the hub."""
    kept = _kept.setdefault(conn.engine, _Kept())
    if version is not None and version not in kept.models:
        kept.models[version] = _parsed(model_body(conn, version))
    kept.latest = shipped_model() if version is None else kept.models[version]
    return kept.latest


def latest_model(conn: Connection) -> Model:
    """The model that was in force when this process last asked: a guess, to be checked against the stamp."""
    return _kept.setdefault(conn.engine, _Kept()).latest


def shared_values(conn: Connection, known: Stamp) -> Shared:
    """The contact values that are little evidence or none."""
    kept = _kept.setdefault(conn.engine, _Kept())
    if kept.shared[0] != known.shared:
        kept.shared = known.shared, shared_of(shared_rows(conn))
    return kept.shared[1]


@lru_cache(maxsize=4)
def _parsed(body: str) -> Model:
    return load(body)


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """The model that ships with the hub."""
    return start_model()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return "; ".join(str(item) for item in value)
    return str(value)
