"""Why are these two one, or not? How did this golden record come to be? By the functions and the model of the night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import polars as pl
from sqlalchemy import Connection

from hub.errors import Gone, Invalid, NotFound
from hub.flows.identify import current_model, decision
from hub.matching.cluster import votes
from hub.matching.constraints import Constraints
from hub.matching.few import columns_of, encode_few, keys_of_one, shared_of
from hub.matching.frequency import FIELDS
from hub.matching.judgements import Book, constraints
from hub.matching.model import Model
from hub.matching.records import HOUSE, Records
from hub.matching.score import Reason, Scorer, Scores, Told, probability
from hub.matching.steps import History, Rows, replay
from hub.store import explanations as store
from hub.store import matching, shared_contacts
from hub.store.customer_views import was_issued
from hub.store.decisions import standing_on
from hub.store.explanations import Seen

FEW_RECORDS = 24  # all of whose scores are told with a pair
MOST_RECORDS = 1000  # of a component that is told, and of two customers that are compared
MOST_CONTRADICTIONS = 50  # between two customers


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


@dataclass(frozen=True)
class ToldStep:
    """A step of a cluster (`hub.matching.steps.Step`), with records instead of rows."""

    kind: str
    left: list[Seen]
    right: list[Seen]
    link: float
    rivals: list[list[Seen]]


@dataclass(frozen=True)
class ToldApart:
    """Another cluster of the component, and why it is another (`hub.matching.steps.Apart`)."""

    other: list[Seen]
    why: str
    link: float | None
    contradictions: list[Contradiction]


@dataclass(frozen=True)
class Waiting:
    """What a steward is asked about a customer: two records, and why a person must look."""

    a: Seen
    b: Seen
    log2_odds: float
    reason: str


@dataclass(frozen=True)
class CustomerExplanation:
    """How a golden record came to be.

    Attributes:
        golden_id: its id as the caller sees it.
        members: its records, the first-seen first.
        component: how many records clustering looked at together.
        pairs: the scores among its members, the strongest first.
        steps: what clustering did with its members, in order.
        apart: the other clusters of its component, the strongest link first.
        waiting: what waits for a steward.
        cut: whether the component exceeded the cap.
        current: whether the steps lead to the records as they stand; False when the base changed since the last matching.
    """

    golden_id: UUID
    model: str
    members: list[Seen]
    component: int
    pairs: list[Score]
    steps: list[ToldStep]
    apart: list[ToldApart]
    waiting: list[Waiting]
    cut: bool
    current: bool


class _Base:
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
        found = []
        for (a, b), alike, reasons in zip(pairs, comparable, self.scorer.reasons_of(i, j), strict=True):
            forbidden = self.forbidden(reasons)
            by = [f"{one.field}: {one.level}" for one in reasons if one.field in forbidden]
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


class _Scored:
    """Pairs of a base's records, scored once for all that is told of them.

    Args:
        i, j: the pairs as rows, the lower row first, as the night scores them.
    """

    def __init__(self, base: _Base, i: np.ndarray, j: np.ndarray) -> None:
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
    one, other = _record(conn, a), _record(conn, b)
    if one.rid == other.rid:
        raise Invalid("Both ids are of one record: there is nothing to compare.")
    together = one.golden == other.golden
    seen = _compared(conn, one, other, together)
    base = _Base(conn, seen, dealer)
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
    return _Scored(_Base(conn, seen, None), *np.triu_indices(len(seen), 1)).scores() if len(seen) > 1 else []


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


def _record(conn: Connection, record_id: UUID) -> Seen:
    found = store.records_with(conn, [record_id])
    if found:
        return found[0]
    if was_issued(conn, record_id):
        raise Gone("The record was erased or revoked.")
    raise NotFound("There is no such record.")


def _waits(conn: Connection, seen: Sequence[Seen], golden: int) -> str | None:
    """Why a steward is asked about two golden records, if so."""
    sides = {one.rid: one.golden == golden for one in seen}
    for row in store.waiting(conn, list(sides)):
        if sides.get(row["rid_a"]) == (not sides.get(row["rid_b"], sides.get(row["rid_a"]))):
            return str(row["reason"])
    return None


_KINDS = ("person", "company", "house account")


def _kinds(records: Records, i: int, j: int) -> str:
    kinds = [_KINDS[records.kind[row]] if records.kind[row] <= HOUSE else "unknown" for row in (i, j)]
    return f"kind: {kinds[0]}, {kinds[1]}"


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


def explain_customer(conn: Connection, record_id: UUID, dealer: str | None) -> CustomerExplanation:
    """How the golden record that holds a source record came to be.

    A dealer's explanation is made of its own records of that customer alone, as its view of the customer is.

    Args:
        record_id: a golden id, or the identity of any of its records.
        dealer: the caller's dealer, when it is one.

    Raises:
        NotFound: the caller sees no record with this identity.
        Gone: the record was there, and was erased or its upload revoked.
        Invalid: too many records are connected to be told one by one.
    """
    golden = _record(conn, record_id).golden
    members = store.members_of(conn, [golden])
    rids = [one.rid for one in members]
    component = store.component_of(conn, rids, MOST_RECORDS + 1)
    if len(component) > MOST_RECORDS:
        raise Invalid(f"More than {MOST_RECORDS} records are connected with it: they cannot be told one by one.")
    base = _Base(conn, store.records_of(conn, component), dealer)
    own = base.rows(members)
    history = replay(base.scorer, *_edges(conn, base, dealer), _said(conn, base), own)
    upper, lower = np.triu_indices(len(own), 1)
    pairs = sorted(base.scores(own[upper], own[lower]), key=lambda pair: -pair.log2_odds)
    first = min(members, key=lambda one: one.rid != golden) if dealer is None else members[0]
    return CustomerExplanation(
        golden_id=first.record_id,
        model=base.model.version,
        members=members,
        component=len(component),
        pairs=pairs,
        steps=_steps(base, history, set(own.tolist())),
        apart=_apart(base, history, set(own.tolist())),
        waiting=_waiting(conn, base, rids),
        cut=bool(np.isin(own, history.cut).any()),
        current=_current(history, own),
    )


def _said(conn: Connection, base: _Base) -> Constraints | None:
    """What stewards demand of the records; a dealer sees no judgements."""
    judgements = standing_on(conn, [str(one.record_id) for one in base.seen])
    return constraints(judgements, pl.Series([str(one.record_id) for one in base.seen]), base.records.kind)


def _edges(conn: Connection, base: _Base, dealer: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The edges among the records: the stored ones; for a dealer, who sees none, those that its own records make."""
    if dealer is None:
        stored = store.edges_among(conn, [one.rid for one in base.seen])
        row = np.vectorize(base.row.__getitem__, otypes=[np.int64])
        if stored.is_empty():
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
        return row(stored["rid_a"].to_numpy()), row(stored["rid_b"].to_numpy()), stored["weight"].to_numpy()
    i, j = np.triu_indices(len(base.seen), 1)
    scores = base.scorer.score(i, j)
    keep = (scores.weight >= base.model.review) & ~scores.forbidden
    return i[keep], j[keep], scores.weight[keep]


def _steps(base: _Base, history: History, own: set[int]) -> list[ToldStep]:
    """The steps that concern the members."""
    return [
        ToldStep(
            kind=step.kind,
            left=base.shown(step.left),
            right=base.shown(step.right),
            link=step.link,
            rivals=[base.shown(rows) for rows in step.rivals or ()],
        )
        for step in history.steps
        if own & {*step.left, *step.right}
    ]


def _apart(base: _Base, history: History, own: set[int]) -> list[ToldApart]:
    """What the customer was kept apart from, the strongest link first; all contradictions are read together."""
    told = [apart.contradicting[:10] for apart in history.apart]
    by = iter(base.contradictions([pair for pairs in told for pair in pairs]))
    found = [
        ToldApart(
            other=base.shown(apart.right if own & set(apart.left) else apart.left),
            why=apart.why,
            link=apart.link,
            contradictions=[next(by) for _ in pairs],
        )
        for apart, pairs in zip(history.apart, told, strict=True)
    ]
    return sorted(found, key=lambda one: -np.inf if one.link is None else one.link, reverse=True)


def _waiting(conn: Connection, base: _Base, rids: list[int]) -> list[Waiting]:
    rows = store.waiting(conn, rids)
    others = {row[side] for row in rows for side in ("rid_a", "rid_b")} - base.row.keys()
    seen = {one.rid: one for one in (*base.seen, *store.records_of(conn, sorted(others)))}
    return [
        Waiting(seen[row["rid_a"]], seen[row["rid_b"]], round(float(row["weight"]), 3), row["reason"])
        for row in rows
        if row["rid_a"] in seen and row["rid_b"] in seen
    ]


def _current(history: History, own: np.ndarray) -> bool:
    """Whether the steps lead to exactly these members."""
    labels = np.unique(history.label[own])
    return len(labels) == 1 and int((history.label == labels[0]).sum()) == len(own)
