"""A steward decides which records are one party and which are two. It takes effect at once, and can be taken back.

One transaction under the partition's lock: the ledger's entry, the judgement, the components concerned clustered again, and
their golden records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy import Connection

from hub.errors import Conflict, Gone, Invalid, NotFound
from hub.flows.consolidate import consolidate_around
from hub.flows.settle import settle_marked
from hub.matching.judgements import SAME, SPLIT, Book, Judgement, parts_of
from hub.store import decisions as store
from hub.store import effects, matching, partition, workbench
from hub.store.customer_views import was_issued
from hub.store.decisions import Said, Spoken
from hub.store.engine import Database
from hub.store.stakes import refresh_stakes
from hub.store.uploads import enter

PATIENCE = 20.0  # seconds that a steward waits for the night's work before being told to come back
Check = Callable[[Connection, Sequence[UUID]], None]  # raises when these golden records are not what the caller saw


@dataclass(frozen=True)
class Word:
    """What a steward says.

    Attributes:
        verdict: "same", "different", "split" or "unsure".
        groups: identities of source records; for "split" the groups, for the others all records in one or more.
        reason: why, in the steward's words.
        replaces: judgements that are taken back for it.
    """

    verdict: str
    groups: Sequence[Sequence[str]]
    reason: str = ""
    replaces: Sequence[int] = ()


class Contradicts(Conflict):
    """Standing judgements say the opposite; ``against`` are their numbers."""

    def __init__(self, message: str, against: Sequence[int]) -> None:
        super().__init__(message)
        self.against = list(against)


@dataclass(frozen=True)
class Handover:
    """A prospect (brand and purpose) and the dealers that held it, and hold it now."""

    brand: str
    purpose: str
    before: list[str]
    after: list[str]


@dataclass(frozen=True)
class Outcome:
    """What a decision did.

    Attributes:
        entry_id: its place in the ledger.
        before, after: the golden records that were concerned, as they were and as they are.
        records: records that were clustered again.
        changed: golden records new or changed.
        handovers: prospects that others hold now.
        claims: live claims on the golden records concerned.
        consents: statements of consent on the records that stand in another golden record now.
    """

    entry_id: int
    before: list[UUID]
    after: list[UUID]
    records: int = 0
    changed: int = 0
    retracted: list[int] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    claims: int = 0
    consents: int = 0


def decide(db: Database, word: Word, author: str, at: datetime, check: Check | None = None) -> Outcome:
    """Enter a judgement and bring it into force.

    Args:
        author: who decides, as the ledger names principals.
        at: when.
        check: called with the golden records of the named records, under the lock.

    Raises:
        NotFound, Gone: a record is unknown, or was there once; a judgement to be replaced is unknown.
        Invalid: the verdict does not fit the records; a company would be a person, or a house account somebody.
        Conflict: standing judgements say the opposite, or one to be replaced was taken back already.
        Busy: long work is in the way.
    """
    try:
        parts = parts_of(word.verdict, word.groups)
    except ValueError as error:
        raise Invalid(str(error)) from None
    with db.worker() as conn:
        partition.lock_partition(conn, PATIENCE)
        records = found_records(conn, [record for part in parts for record in part])
        if check:
            check(conn, sorted({one.golden_id for one in records.values()}))
        replaced = [_close(conn, number, author, at, "replaced") for number in dict.fromkeys(word.replaces)]
        spoken = [*records, *(record for one in replaced for record in one.records)]
        if replaced:
            store.rebond(conn, spoken)
        book = Book(store.standing_on(conn, records))
        judgement = _entered(conn, book, word.verdict, parts, Said(0, author, at, word.reason), list(word.replaces))
        store.rebond(conn, records)
        return _taken_effect(conn, judgement.number, spoken, [one.number for one in replaced], at)


def retract(
    db: Database, entry_id: int, author: str, at: datetime, reason: str = "", check: Check | None = None
) -> Outcome:
    """Take a judgement back; it stays on record, and the golden records become what they are without it.

    Raises:
        NotFound: there is no such judgement.
        Conflict: it was taken back already.
        Busy: long work is in the way.
    """
    with db.worker() as conn:
        partition.lock_partition(conn, PATIENCE)
        decision = store.find_decision(conn, entry_id)
        if decision is None:
            raise NotFound(f"There is no decision {entry_id}.")
        if check:
            check(conn, sorted({m.golden_id for part in decision.parts for m in part if m.golden_id}))
        judgement = _close(conn, entry_id, author, at, reason)
        store.rebond(conn, judgement.records)
        return _taken_effect(conn, entry_id, judgement.records, [entry_id], at)


@dataclass(frozen=True)
class Batch:
    """What became of many judgements at once: how many entered, how many were known, and why others were refused."""

    entered: int
    known: int
    refused: list[tuple[int, str]]
    outcome: Outcome | None


def decide_many(db: Database, words: Sequence[Word], author: str, at: datetime) -> Batch:
    """Enter many judgements in one transaction; those that cannot be are refused one by one, by their place in ``words``."""
    refused: list[tuple[int, str]] = []
    entered: list[Judgement] = []
    known = 0
    with db.worker() as conn:
        partition.lock_partition(conn)
        named = {record for word in words for group in word.groups for record in group}
        present = store.spoken(conn, named)
        kinds = _kinds(conn, present)
        standing = store.standing(conn)
        book, asked = Book(standing), {frozenset(one.records) for one in standing if not one.binding}
        for place, word in enumerate(words):
            try:
                parts = parts_of(word.verdict, word.groups)
                if lost := [r for part in parts for r in part if r not in present]:
                    raise ValueError(f"The base does not hold record {lost[0]}.")
                _refuse_kinds(word.verdict, parts, kinds)
                judgement = Judgement(0, word.verdict, parts)
                if book.says(judgement) or frozenset(judgement.records) in asked:
                    known += 1
                    continue
                judgement = _entered(conn, book, word.verdict, parts, Said(0, author, at, word.reason), [], kinds)
            except (ValueError, Invalid, Conflict) as error:
                refused.append((place, str(error)))
                continue
            book.add(judgement)
            if not judgement.binding:
                asked.add(frozenset(judgement.records))
            entered.append(judgement)
        if not entered:
            return Batch(0, known, refused, None)
        store.rebond(conn, None)
        spoken = {record for one in entered for record in one.records}
        outcome = _taken_effect(conn, entered[-1].number, spoken, [], at)
    return Batch(len(entered), known, refused, outcome)


# ------------------------------------------------------------------ steps


def found_records(conn: Connection, records: Sequence[str]) -> dict[str, Spoken]:
    """The named records, by identity.

    Raises:
        NotFound, Gone: one is unknown, or was there once.
    """
    found = store.spoken(conn, records)
    for record in records:
        if record not in found:
            if was_issued(conn, UUID(record)):
                raise Gone(f"Record {record} was erased, or its upload revoked.")
            raise NotFound(f"There is no record {record}.")
    return found


def _entered(
    conn: Connection,
    book: Book,
    verdict: str,
    parts: tuple[tuple[str, ...], ...],
    said: Said,
    replaces: Sequence[int],
    kinds: dict[str, str] | None = None,
) -> Judgement:
    """Append a judgement to the ledger, if nothing speaks against it."""
    records = [record for part in parts for record in part]
    _refuse_kinds(verdict, parts, _kinds(conn, store.spoken(conn, records)) if kinds is None else kinds)
    if against := book.opposing(Judgement(0, verdict, parts)):
        listed = ", ".join(map(str, against))
        raise Contradicts(
            f"It contradicts what was decided before, and still stands: {listed}. Take back one of them that is wrong, "
            "or name it in `replaces`.",
            against,
        )
    body = {"verdict": verdict, "parts": parts, "reason": said.reason, "replaces": list(replaces)}
    number = enter(conn, "judgement", None, said.at, said.author, body)
    judgement = Judgement(number, verdict, parts)
    store.save_judgement(conn, judgement, Said(number, said.author, said.at, said.reason))
    return judgement


def _kinds(conn: Connection, records: dict[str, Spoken]) -> dict[str, str]:
    rows = matching.few_matching_rows(conn, [one.rid for one in records.values()])
    return {row["id"]: row["kind"] for row in rows}


def _refuse_kinds(verdict: str, parts: Iterable[Sequence[str]], kinds: dict[str, str]) -> None:
    """No judgement makes a company a person, or a house account somebody."""
    if verdict not in (SAME, SPLIT):
        return
    for part in parts:
        held = {kinds[record] for record in part}
        if len(part) > 1 and "house" in held:
            raise Invalid("A house account is nobody: it cannot be the same as another record.")
        if len(held) > 1:
            raise Invalid(f"A company is never a person: these records are of the kinds {', '.join(sorted(held))}.")


def _close(conn: Connection, number: int, author: str, at: datetime, reason: str) -> Judgement:
    """Append a retraction to the ledger."""
    decision = store.find_decision(conn, number)
    if decision is None:
        raise NotFound(f"There is no decision {number}.")
    if decision.retraction is not None:
        raise Conflict(f"Decision {number} was taken back already.")
    retraction = enter(conn, "retraction", None, at, author, {"entry_id": number, "reason": reason})
    store.close(conn, number, retraction)
    return decision.judgement


def _taken_effect(
    conn: Connection, entry_id: int, records: Iterable[str], retracted: list[int], at: datetime
) -> Outcome:
    """Cluster again all that is connected with the records, and tell what came of it."""
    rids = [one.rid for one in store.spoken(conn, list(records)).values()]
    return reconsidered(conn, entry_id, rids, retracted, at)


def reconsidered(conn: Connection, entry_id: int, rids: Sequence[int], retracted: list[int], at: datetime) -> Outcome:
    """Make the golden records around some records anew, and settle whose prospects they are."""
    partition.scope_around(conn, "concerned", rids)
    held = effects.holdings_within(conn, "concerned", at)
    summary, seats = consolidate_around(conn, "concerned", rids)
    settle_marked(conn, at)
    refresh_stakes(conn, at, "concerned")
    named = pl.col("rid").is_in(list(rids))
    seats = seats.drop_nulls("now").with_columns(pl.coalesce("before", "rid").alias("before"))
    moved = seats.filter((pl.col("before") != pl.col("now")) | named)
    were = moved["before"].unique()
    are = pl.concat([moved["now"], seats.filter(pl.col("before").is_in(were.implode()))["now"]]).unique()
    ids = store.identities(conn, {*were, *are})
    before, after = set(were), set(are)
    outcome = Outcome(
        entry_id=entry_id,
        # a record that the revocation of its upload took away since the last match bears no id any more
        before=sorted(ids[golden] for golden in were if golden in ids),
        after=sorted(ids[golden] for golden in are),
        records=summary.records,
        changed=summary.golden_changed,
        retracted=retracted,
        handovers=_handovers([one for one in held if one[0] in before], effects.holdings(conn, after, at)),
        claims=effects.live_claims(conn, after, at),
        consents=effects.consents_on(conn, seats.filter(pl.col("before") != pl.col("now"))["rid"].to_list()),
    )
    workbench.save_effect(conn, entry_id, _told(outcome))
    return outcome


def _handovers(were: Sequence[effects.Holding], are: Sequence[effects.Holding]) -> list[Handover]:
    """The prospects whose holders changed."""
    held: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for side, holdings in enumerate((were, are)):
        for _, brand, purpose, dealer in holdings:
            held.setdefault((brand, purpose), (set(), set()))[side].add(dealer)
    return [
        Handover(brand, purpose, sorted(before), sorted(after))
        for (brand, purpose), (before, after) in sorted(held.items())
        if before != after
    ]


def _told(outcome: Outcome) -> dict[str, Any]:
    return {
        "before": [str(one) for one in outcome.before],
        "after": [str(one) for one in outcome.after],
        "handovers": [vars(one) for one in outcome.handovers],
        "claims": outcome.claims,
        "consents": outcome.consents,
    }
