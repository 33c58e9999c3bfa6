"""How did this golden record come to be? By the functions and the model of the night."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import numpy as np
import polars as pl
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.tellable_records import MOST_RECORDS, Contradiction, Score, TellableRecords, find_record
from hub.matching.constraints import Constraints
from hub.matching.judgements import constraints
from hub.matching.steps import History, replay
from hub.store import explanations as store
from hub.store.decisions import standing_on
from hub.store.explanations import Seen


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
    golden = find_record(conn, record_id).golden
    members = store.members_of(conn, [golden])
    rids = [one.rid for one in members]
    component = store.component_of(conn, rids, MOST_RECORDS + 1)
    if len(component) > MOST_RECORDS:
        raise Invalid(f"More than {MOST_RECORDS} records are connected with it: they cannot be told one by one.")
    base = TellableRecords(conn, store.records_of(conn, component), dealer)
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


def _said(conn: Connection, base: TellableRecords) -> Constraints | None:
    """What stewards demand of the records; a dealer sees no judgements."""
    judgements = standing_on(conn, [str(one.record_id) for one in base.seen])
    return constraints(judgements, pl.Series([str(one.record_id) for one in base.seen]), base.records.kind)


def _edges(conn: Connection, base: TellableRecords, dealer: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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


def _steps(base: TellableRecords, history: History, own: set[int]) -> list[ToldStep]:
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


def _apart(base: TellableRecords, history: History, own: set[int]) -> list[ToldApart]:
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


def _waiting(conn: Connection, base: TellableRecords, rids: list[int]) -> list[Waiting]:
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
