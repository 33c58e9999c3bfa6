"""Records of the caller's slice, ready to be scored and told of: what explanations of pairs and of customers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from hub.errors import Gone, NotFound
from hub.flows.identify import current_model, decision
from hub.matching.few import columns_of, encode_few, keys_of_one, shared_of
from hub.matching.frequency import FIELDS
from hub.matching.generations import father_or_son, of_either
from hub.matching.records import HOUSE, Records
from hub.matching.score import Reason, Scorer, Scores, probability
from hub.matching.steps import Rows
from hub.store import explanations as store
from hub.store import matching, shared_contacts
from hub.store.customer_views import was_issued
from hub.store.explanations import Seen

MOST_RECORDS = 1000  # of a component that is told, and of two customers that are compared


@dataclass(frozen=True)
class Score:
    """The score of two records: log2 odds, posterior probability, and what the model alone would decide.

    Attributes:
        decision: "match", "review", "no_match", or "forbidden" when a contradiction rules it out whatever the score.
    """

    a: Seen
    b: Seen
    log2_odds: float
    probability: float
    decision: str


@dataclass(frozen=True)
class Contradiction:
    """Two records that no cluster may hold together, and by what: "birth date: different", "kind: person, company"."""

    a: Seen
    b: Seen
    by: list[str]


class TellableRecords:
    """Some records of the caller's slice, ready to be scored."""

    def __init__(self, conn: Connection, seen: Sequence[Seen], dealer: str | None) -> None:
        self.model = current_model(conn)
        rows = matching.few_matching_rows(conn, [one.rid for one in seen])
        held = {field: {value for row in rows for value in row[field] or ()} for field in FIELDS}
        shared = shared_of(shared_contacts.shared_among(conn, **held)) if dealer is None else {}
        self.parties = rows
        self.records = encode_few(columns_of(rows), shared, self.model.extra)
        self.scorer = Scorer(self.model, self.records)
        by_rid = {one.rid: one for one in seen}
        self.seen = [by_rid[row["rid"]] for row in rows]
        self.row = {one.rid: row for row, one in enumerate(self.seen)}

    def rows(self, seen: Sequence[Seen]) -> np.ndarray:
        return np.array([self.row[one.rid] for one in seen], np.int64)

    def shown(self, rows: Rows) -> list[Seen]:
        return [self.seen[row] for row in rows]

    def scores(self, i: np.ndarray, j: np.ndarray) -> list[Score]:
        """The pairs with their scores."""
        return self.told(i, j, self.scorer.score(i, j))

    def told(self, i: np.ndarray, j: np.ndarray, found: Scores) -> list[Score]:
        """The same of pairs that were scored before."""
        chance = probability(found.weight)
        return [
            Score(
                a=self.seen[a],
                b=self.seen[b],
                log2_odds=round(weight, 3),
                probability=round(float(chance[place]), 6),
                decision="forbidden" if found.forbidden[place] else decision(self.model, weight),
            )
            for place, (a, b, weight) in enumerate(zip(i.tolist(), j.tolist(), found.weight.tolist(), strict=True))
        ]

    def contradictions(self, pairs: Sequence[tuple[int, int]]) -> list[Contradiction]:
        """By what pairs of records that may not be one contradict each other; read together, as a call costs the same."""
        if not pairs:
            return []
        i, j = np.array(pairs, np.int64).T
        comparable = self.scorer.comparable(i, j).tolist()
        doubt = of_either(self.records, np.arange(len(self.records))[None])[0]
        either = (doubt[i] & doubt[j] & father_or_son(self.records, i, j)).tolist()
        found = []
        for (a, b), alike, two, reasons in zip(pairs, comparable, either, self.scorer.reasons_of(i, j), strict=True):
            forbidden = self.forbidden(reasons)
            by = [f"{one.field}: {one.level}" for one in reasons if one.field in forbidden]
            by += ["patronymic: father or son"] * two
            found.append(Contradiction(self.seen[a], self.seen[b], by if alike else [*by, _kinds(self.records, a, b)]))
        return found

    def forbidden(self, reasons: Sequence[Reason]) -> list[str]:
        """The fields whose level contradicts."""
        fields = self.model.fields
        return [one.field for one in reasons if one.field in fields and one.level in fields[one.field].forbids]

    def keys_of_both(self, i: int, j: int) -> list[str]:
        """The kinds of blocking keys that two records share."""
        one, other = self.parties[i], self.parties[j]
        return [kind for kind in self.model.keys if keys_of_one(one, [kind]) & keys_of_one(other, [kind])]


def find_record(conn: Connection, record_id: UUID) -> Seen:
    found = store.records_with(conn, [record_id])
    if found:
        return found[0]
    if was_issued(conn, record_id):
        raise Gone("The record was erased or revoked.")
    raise NotFound("There is no such record.")


_KINDS = ("person", "company", "house account")


def _kinds(records: Records, i: int, j: int) -> str:
    kinds = [_KINDS[records.kind[row]] if records.kind[row] <= HOUSE else "unknown" for row in (i, j)]
    return f"kind: {kinds[0]}, {kinds[1]}"
