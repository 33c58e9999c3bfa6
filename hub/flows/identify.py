"""Who is this? One record, or many, against the base: by the very keys, comparisons and model of the nightly match."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Self
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
from sqlalchemy import Connection, Engine

from hub.feeds import CUSTOMERS
from hub.intake.dates import dates
from hub.matching.few import keys_of_one, shared_of
from hub.matching.few_comparisons import Party, Row, Shared
from hub.matching.few_scores import FewScorer, Pair
from hub.matching.keys import BLOCK_CAP
from hub.matching.model import Model, load, start_model
from hub.matching.score import Reason, probability
from hub.normalize.single import party_record
from hub.store.candidates import NOBODY, Found, Stamp, candidates_under, shared_rows, stamp
from hub.store.models import active_body, model_body


class Candidate(NamedTuple):
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
        return cls._with(model, asked, [keys_of_one(party, model.keys) for party in asked])

    @classmethod
    def joined(cls, questions: Sequence[Self], model: Model) -> Self:
        """Several in one, each with its keys if they are those of ``model``."""
        asked = [row for question in questions for row in question.asked]
        if any(question.model is not model for question in questions):
            return cls.about(asked, model)
        return cls._with(model, asked, [keys for question in questions for keys in question.keys])

    @classmethod
    def _with(cls, model: Model, asked: Sequence[Row], keys: Sequence[set[int]]) -> Self:
        return cls(model, asked, keys, {key: place for place, key in enumerate(set().union(*keys))})

    def answer(self, found: Found, shared: Shared, limit: int) -> list[list[Candidate]]:
        """Candidates for each row among the records found under ``place``, in the order of their ids."""
        scorer = _scorer(self.model)
        asked = [Party.of(row) for row in self.asked]
        pairs: list[list[Pair]] = [[] for _ in asked]
        for pair in scorer.score(asked, _met(self.keys, self.place, found), found, shared, found.cell):
            pairs[pair.row].append(pair)
        return _candidates(scorer, [_best(each, found, limit) for each in pairs], found)


def party_of(row: Mapping[str, Any]) -> Row:
    """The party record of canonical columns as a person may write them."""
    text: dict[str, str | None] = {
        name: _text(value) for name, value in row.items() if value is not None and name in _COLUMNS
    }
    born = text.get("birth_date")
    if born and not _ISO_DATE.fullmatch(born):
        text["birth_date"] = _date(born)
    return party_record(text)


_COLUMNS = frozenset(CUSTOMERS.names)


@lru_cache(maxsize=1 << 12)
def _date(text: str) -> str | None:
    """A date as people write it, by the rule for columns: whose fixed cost is that of a whole request."""
    read: str | None = dates(pl.Series([text]))[0]
    return read


_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _met(keys: Sequence[set[int]], place: Mapping[int, int], found: Found) -> Sequence[Sequence[int]]:
    """For each asked row the records that share one of its keys."""
    if len(keys) == 1:
        return [found.places]
    askers: list[list[int]] = [[] for _ in place]
    for row, own in enumerate(keys):
        for key in own:
            askers[place[key]].append(row)
    met: list[list[int]] = [[] for _ in keys]
    # who is met under one key is commonly met under the same as the one before
    rows_under: dict[tuple[int, ...], set[int]] = {}
    for number in found.places:
        own_places = found.keys(number)
        rows = rows_under.get(own_places)
        if rows is None:
            rows = rows_under[own_places] = {row for key in own_places for row in askers[key]}
        for row in rows:
            met[row].append(number)
    return met


def _best(pairs: Sequence[Pair], found: Found, limit: int) -> list[tuple[int, Pair]]:
    """The golden records behind the records that a row was scored against, each by its most similar member."""
    best: dict[int, Pair] = {}
    for pair in sorted(pairs, key=_rank):
        golden = found.golden(pair.place)
        if golden not in best:
            if len(best) == limit:
                break
            best[golden] = pair
    return list(best.items())


def _candidates(scorer: FewScorer, best: Sequence[Sequence[tuple[int, Pair]]], found: Found) -> list[list[Candidate]]:
    """What is told of them, row by row."""
    weights = np.array([pair.weight for chosen in best for _, pair in chosen], np.float32)
    chances = iter(probability(weights).tolist())
    return [
        [
            Candidate(
                golden=golden,
                golden_id=found.golden_id(pair.place),
                probability=round(next(chances), 6),
                log2_odds=round(pair.weight, 3),
                decision=decision(scorer.model, pair.weight),
                reasons=scorer.reasons(pair),
            )
            for golden, pair in chosen
        ]
        for chosen in best
    ]


def _rank(pair: Pair) -> tuple[float, int]:
    """The most similar first; among equals the first by its id."""
    return -pair.weight, pair.place


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


_scorers: dict[int, FewScorer] = {}  # by the identity of their models, which they keep


def _scorer(model: Model) -> FewScorer:
    """The scorer of a model, made once: it learns what rare values tell."""
    scorer = _scorers.get(id(model))
    if scorer is None:
        if len(_scorers) >= _MODELS:
            _scorers.clear()
        scorer = _scorers[id(model)] = FewScorer(model)
    return scorer


_MODELS = 8


@lru_cache(maxsize=4)
def _parsed(body: str) -> Model:
    return load(body)


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """The model that ships with the hub."""
    return start_model()


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "; ".join(str(item) for item in value)
    return str(value)
