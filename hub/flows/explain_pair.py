"""Why are these two one, or not? By the functions and the model of the night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.tellable_records import MOST_RECORDS, Contradiction, Score, TellableRecords, find_record
from hub.matching.cluster import votes
from hub.matching.judgements import Book
from hub.matching.model import Model
from hub.matching.score import Reason, Told
from hub.store import explanations as store
from hub.store.decisions import standing_on
from hub.store.explanations import Seen

FEW_RECORDS = 24  # all of whose scores are told with a pair
MOST_CONTRADICTIONS = 50  # between two customers


@dataclass(frozen=True)
class PairExplanation:
    """Why two records are, or are not, one.

    Attributes:
        reasons: the evidence, field by field, adding up to ``score.log2_odds``.
        forbidden: fields of ``reasons`` whose level contradicts.
        keys: kinds of blocking keys that both share; without one the night never compares them.
        together: whether one golden record holds both.
        link: bits; the mean vote between the two golden records' members (see `hub.matching.cluster`); None when they are
            one, or nothing is said.
        contradictions: pairs between the two golden records that forbid them to be one.
        waits: whether a steward is asked about the two golden records, and why.
        verdict: all that in a sentence.
        scores: of all pairs among the records that were looked at, the strongest first; empty when they are many.
    """

    score: Score
    reasons: list[Reason]
    forbidden: list[str]
    keys: list[str]
    together: bool
    link: float | None
    contradictions: list[Contradiction]
    waits: str | None
    verdict: str
    model: Model
    scores: list[Score] = field(default_factory=list)


class _Scored:
    """Pairs of a base's records, scored once for all that is told of them.

    Args:
        i, j: the pairs as rows, the lower row first, as the night scores them.
    """

    def __init__(self, base: TellableRecords, i: np.ndarray, j: np.ndarray) -> None:
        self.base, self.i, self.j = base, i, j
        self.told: list[Told] = []
        self.found = base.scorer.score(i, j, self.told)
        self.at = {pair: place for place, pair in enumerate(zip(i.tolist(), j.tolist(), strict=True))}

    def scores(self) -> list[Score]:
        """All pairs, the strongest first."""
        return sorted(self.base.told(self.i, self.j, self.found), key=lambda pair: -pair.log2_odds)

    def score(self, i: int, j: int) -> Score:
        """One pair's, in the order asked for."""
        place = self.at[min(i, j), max(i, j)]
        return self.base.told(np.array([i]), np.array([j]), self.found.of(np.array([place])))[0]

    def reasons(self, i: int, j: int) -> list[Reason]:
        """One pair's evidence."""
        return self.base.scorer.told_reasons(self.told, np.array([self.at[min(i, j), max(i, j)]]))[0]

    def link(self, left: np.ndarray, right: np.ndarray) -> tuple[float | None, list[Contradiction]]:
        """The mean vote between two sides, as clustering counts it, and the pairs that contradict."""
        pairs = [(i, j) for i in left.tolist() for j in right.tolist()]
        of_both = self.found.of(np.array([self.at[min(pair), max(pair)] for pair in pairs], np.int64))
        vote, voices = votes(of_both)
        mean = float((vote * voices).sum() / voices.sum()) if voices.any() else None
        at = np.flatnonzero(of_both.forbidden).tolist()
        return mean and round(mean, 3), self.base.contradictions([pairs[place] for place in at[:MOST_CONTRADICTIONS]])


def explain_pair(conn: Connection, a: UUID, b: UUID, dealer: str | None) -> PairExplanation:
    """Why two records are, or are not, one.

    Args:
        a, b: identities of source records; a golden id is that of the customer's first-seen record.
        dealer: the caller's dealer, when it is one; only its own records exist for it.

    Raises:
        NotFound, Gone: as `explain_customer`.
        Invalid: both are the same record.
    """
    one, other = find_record(conn, a), find_record(conn, b)
    if one.rid == other.rid:
        raise Invalid("Both ids are of one record: there is nothing to compare.")
    together = one.golden == other.golden
    seen = _compared(conn, one, other, together)
    base = TellableRecords(conn, seen, dealer)
    i, j = base.row[one.rid], base.row[other.rid]
    few = len(seen) <= FEW_RECORDS
    left, right = (base.rows([r for r in seen if r.golden == g]) for g in (one.golden, other.golden))
    scored = _Scored(base, *(np.triu_indices(len(seen), 1) if few or together else _across(left, right)))
    score, reasons = scored.score(i, j), scored.reasons(i, j)
    contradictions: list[Contradiction] = []
    link, waits = None, None
    if not together:
        link, contradictions = scored.link(left, right)
        waits = _waits(conn, seen, one.golden)
    elif score.decision == "forbidden":
        contradictions = base.contradictions([(i, j)])
    keys = base.keys_of_both(i, j)
    return PairExplanation(
        score=score,
        reasons=reasons,
        forbidden=base.forbidden(reasons),
        keys=keys,
        together=together,
        link=link,
        contradictions=contradictions,
        waits=waits,
        verdict=_decided(conn, one, other) or _verdict(score, together, link, contradictions, waits, keys, base.model),
        model=base.model,
        scores=scored.scores() if few else [],
    )


def pair_scores(conn: Connection, seen: Sequence[Seen]) -> list[Score]:
    """The scores of all pairs among a few records, the strongest first, for the importer's people."""
    return _Scored(TellableRecords(conn, seen, None), *np.triu_indices(len(seen), 1)).scores() if len(seen) > 1 else []


def _across(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pairs between two sides, the lower row first."""
    i, j = np.repeat(left, len(right)), np.tile(right, len(left))
    return np.minimum(i, j), np.maximum(i, j)


def _decided(conn: Connection, one: Seen, other: Seen) -> str | None:
    """What a steward said of the two, if anything."""
    a, b = str(one.record_id), str(other.record_id)
    book = Book(standing_on(conn, [a, b]))
    if book.root(a) == book.root(b):
        return "They are one customer: a steward said so."
    if book.parted(a, b):
        return "They are two customers: a steward said so."
    return None


def _compared(conn: Connection, one: Seen, other: Seen, together: bool) -> list[Seen]:
    """The two records, and when they stand in two golden records, all members of both."""
    if together:
        return [one, other]
    seen = store.members_of(conn, [one.golden, other.golden])
    return seen if len(seen) <= MOST_RECORDS else [one, other]


def _waits(conn: Connection, seen: Sequence[Seen], golden: int) -> str | None:
    """Why a steward is asked about two golden records, if so."""
    sides = {one.rid: one.golden == golden for one in seen}
    for row in store.waiting(conn, list(sides)):
        if sides.get(row["rid_a"]) == (not sides.get(row["rid_b"], sides.get(row["rid_a"]))):
            return str(row["reason"])
    return None


def _verdict(
    score: Score,
    together: bool,
    link: float | None,
    contradictions: Sequence[Contradiction],
    waits: str | None,
    keys: Sequence[str],
    model: Model,
) -> str:
    if together and score.decision == "match":
        return "They are one customer: their own evidence reaches the threshold."
    if together:
        return "They are one customer by the records between them; their own evidence alone would not join them."
    if contradictions:
        by = "; ".join(sorted({by for one in contradictions for by in one.by}))
        return f"They are two customers, and may not be one: {by}."
    if waits == "ambiguous":
        return (
            "They are two customers until a steward decides: either could as well belong to a third that contradicts."
        )
    if waits:
        return f"They are two customers until a steward decides ({waits})."
    if link is not None and link >= model.match:
        return (
            "They are two customers now, though all evidence between them reaches the threshold: the base changed since "
            "the last matching, or another cluster stood in the way." + ("" if keys else " They share no key.")
        )
    if not keys and score.decision != "no_match":
        return "They are two customers: they share no key, so that the hub never compared them."
    return "They are two customers: the evidence between them does not reach the threshold."
