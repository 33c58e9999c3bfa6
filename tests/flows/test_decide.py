"""A steward decides: at once, for whole clusters, through every re-match, and as if never when taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.errors import Busy, Conflict, Gone, HubError, Invalid, NotFound, Stale
from hub.flows import decide as flow
from hub.flows.consolidate import consolidate
from hub.flows.decide import Outcome, Word, decide, decide_many, retract
from hub.flows.export import golden_hash
from hub.flows.match import match
from hub.flows.replay_decisions import replay_decisions
from hub.flows.revoke import revoke
from hub.matching.model import dump, start_model
from hub.store.decisions import Filters, find_decision, list_decisions
from hub.store.embedded import EmbeddedServer
from hub.store.models import activate_model, install_model
from hub.store.partition import lock_partition
from tests.conftest import Filled, copied, created, database
from tests.flows.inbox import DAY, NOON, Hub, Sent
from tests.flows.stewards import AT, SOUTH, STEWARD, partition, peopled, record, say

IVANOVA = frozenset({"north/1", "south/1"})
PETROV = frozenset({"north/2", "south/4"})
ZUEV = frozenset({"north/5", "south/5"})


@pytest.fixture(scope="module")
def judged(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A hub with people whom a steward can judge, to copy."""
    home = tmp_path_factory.mktemp("judged")
    with created(server, template) as name:
        with database(server, name) as db:
            peopled(Hub(db, home))
        yield Filled(name, home)


@pytest.fixture
def hub(server: EmbeddedServer, judged: Filled, tmp_path: Path) -> Iterator[Hub]:
    """A copy of them for each test."""
    with copied(server, judged, tmp_path) as (_, db):
        yield Hub(db, tmp_path, clock=NOON + timedelta(minutes=1))  # one was taken to fill it


def undo(hub: Hub, outcome: Outcome) -> Outcome:
    return retract(hub.db, outcome.entry_id, STEWARD, AT)


def rematch(hub: Hub) -> None:
    with hub.db.worker() as conn:
        conn.execute(sa.text("DELETE FROM matched_with"))
    assert match(hub.db).full
    consolidate(hub.db)


def waiting(hub: Hub) -> set[frozenset[str]]:
    rows = hub.rows(
        """SELECT a.dealer || '/' || a.record_no, b.dealer || '/' || b.record_no FROM review r
           JOIN party a ON a.rid = r.rid_a JOIN party b ON b.rid = r.rid_b"""
    )
    return {frozenset(row) for row in rows}  # type: ignore[arg-type]


def state(hub: Hub, outcome: Outcome) -> str:
    with hub.db.worker() as conn:
        found = find_decision(conn, outcome.entry_id)
    assert found is not None
    return found.state


def test_before_anything_is_said(hub: Hub) -> None:
    assert partition(hub) == {IVANOVA, PETROV}
    assert waiting(hub) == set()


JOINED = {
    "strangers": ("north/2", "south/3"),
    "contradicting birth dates": ("north/5", "south/5"),
    "two whole clusters": ("north/1", "south/4"),
    "two records of one dealer": ("south/2", "south/3"),
}


@pytest.mark.parametrize("pair", JOINED.values(), ids=JOINED)
def test_same_joins_whatever_the_model_says_until_it_is_taken_back(hub: Hub, pair: tuple[str, str]) -> None:
    before = golden_hash(hub.db)
    done = say(hub, "same", pair)
    assert any(set(pair) <= one for one in partition(hub))
    assert len(done.before) == 2
    assert len(done.after) == 1
    assert state(hub, done) == "in force"
    seen = partition(hub), golden_hash(hub.db)
    rematch(hub)
    assert (partition(hub), golden_hash(hub.db)) == seen
    back = undo(hub, done)
    assert (back.before, sorted(back.after)) == (done.after, done.before)
    assert golden_hash(hub.db) == before
    assert state(hub, done) == "retracted"
    assert hub.rows("SELECT kind FROM entry WHERE kind <> 'upload' ORDER BY entry_id") == [
        ("judgement",),
        ("retraction",),
    ]


def test_different_parts_whole_clusters(hub: Hub) -> None:
    before = golden_hash(hub.db)
    done = say(hub, "different", IVANOVA)
    assert partition(hub) == {PETROV}
    assert waiting(hub) == set(), "what was judged is not asked"
    rematch(hub)
    assert partition(hub) == {PETROV}
    # the parting holds for whoever is the same as either side
    other = say(hub, "same", ["north/1", "south/2"])
    with pytest.raises(Conflict, match=f"{done.entry_id}, {other.entry_id}|{done.entry_id}"):
        say(hub, "same", ["south/1", "south/2"])
    undo(hub, other)
    undo(hub, done)
    assert golden_hash(hub.db) == before


def test_a_split_says_both(hub: Hub) -> None:
    done = say(hub, "split", "north/1 south/2", "south/1 north/5")
    assert partition(hub) == {frozenset({"north/1", "south/2"}), frozenset({"south/1", "north/5"}), PETROV}
    assert len(done.before) == 3
    assert len(done.after) == 2


def test_unsure_takes_the_question_off_the_queue_and_back(hub: Hub) -> None:
    cautious = replace(start_model(), version="cautious", match=58.0)  # bits: whatever is likely waits for a person
    with hub.db.worker() as conn:
        install_model(conn, cautious.version, dump(cautious), AT)
        activate_model(conn, cautious.version)
    match(hub.db)
    consolidate(hub.db)
    assert IVANOVA in waiting(hub)
    others = waiting(hub) - {IVANOVA}
    for verdict in ("unsure", "different"):
        done = say(hub, verdict, IVANOVA)
        assert (waiting(hub), partition(hub)) == (others, set())
        undo(hub, done)
        assert waiting(hub) == others | {IVANOVA}


REFUSED = {
    "a company and a person": ("same", "north/1 north/3", Invalid, "never a person"),
    "a house account": ("same", "north/1 north/4", Invalid, "house account"),
    "a record twice": ("same", "north/1 north/1", Invalid, "named twice"),
    "one record": ("different", "north/1", Invalid, "2 to 200"),
    "an unknown verdict": ("maybe", "north/1 north/2", Invalid, "one of: same"),
}


@pytest.mark.parametrize(("verdict", "named", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_changes_nothing(hub: Hub, verdict: str, named: str, error: type[HubError], words: str) -> None:
    before = golden_hash(hub.db)
    with pytest.raises(error, match=words):
        say(hub, verdict, named)
    assert golden_hash(hub.db) == before
    assert hub.rows("SELECT count(*) FROM entry WHERE kind <> 'upload'") == [(0,)]


def test_companies_and_house_accounts_may_be_different(hub: Hub) -> None:
    assert state(hub, say(hub, "different", "north/1 north/3 north/4")) == "in force"


def test_records_that_are_unknown_or_gone(hub: Hub) -> None:
    known, gone = record(hub, "north/1"), record(hub, "south/1")
    with pytest.raises(NotFound, match="no record"):
        decide(hub.db, Word("same", [[known, str(uuid4())]]), STEWARD, AT)
    revoke_south(hub)
    with pytest.raises((Gone, NotFound)):
        decide(hub.db, Word("same", [[known, gone]]), STEWARD, AT)
    for number in (1, 10**9):
        with pytest.raises(NotFound, match="no decision"):
            retract(hub.db, number, STEWARD, AT)


def revoke_south(hub: Hub) -> None:
    upload = hub.rows("SELECT upload_id FROM upload WHERE dealer = 'south' AND status = 'accepted'")[0][0]
    revoke(hub.db, hub.archive, hub.gate, int(str(upload)), "cli")
    match(hub.db)
    consolidate(hub.db)


def test_a_contradiction_names_what_stands_in_the_way_and_may_replace_it(hub: Hub) -> None:
    one = say(hub, "same", "north/1 south/2")
    other = say(hub, "same", "south/2 south/3")
    with pytest.raises(Conflict, match=f"{one.entry_id}, {other.entry_id}"):
        say(hub, "different", "north/1 south/3")
    done = say(hub, "different", "north/1 south/3", replaces=[other.entry_id], reason="two people after all")
    assert done.retracted == [other.entry_id]
    assert [state(hub, each) for each in (one, other, done)] == ["in force", "retracted", "in force"]
    assert partition(hub) == {IVANOVA | {"south/2"}, PETROV}
    with pytest.raises(Conflict, match="taken back already"):
        undo(hub, other)


def test_a_decision_waits_for_a_record_that_is_gone(hub: Hub) -> None:
    done = say(hub, "same", "north/5 south/5")
    bridge = say(hub, "same", "south/5 north/2")
    assert ZUEV | PETROV in partition(hub)
    revoke_south(hub)
    assert partition(hub) == {frozenset({"north/5", "north/2"})}, "A is B and B is C, also when B is gone"
    undo(hub, bridge)
    assert partition(hub) == set()
    hub.put("customers_2026-11-01_again.csv", SOUTH, "south")
    hub.night()
    match(hub.db)
    consolidate(hub.db)
    assert partition(hub) == {IVANOVA, PETROV, ZUEV}
    assert state(hub, done) == "in force"


def bring(hub: Hub, rows: list[dict[str, object]], day: date = DAY + timedelta(days=1)) -> None:
    """The south's next full file, past the guards."""
    hub.clock += timedelta(minutes=1)
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    hub.arrive(Sent(f"customers_{day}.csv", day, tuple(rows), hub.clock, columns=columns), "south")
    hub.stage()
    match(hub.db)
    consolidate(hub.db)


def test_a_number_given_to_another_person_carries_no_decision(hub: Hub) -> None:
    done = say(hub, "same", "north/5 south/5")
    newcomer = {
        **SOUTH[4],
        "full_name": "Абрамова Вера Павловна",
        "birth_date": "1999-09-09",
        "phones": "+7 921 333-22-11",
    }
    bring(hub, [*SOUTH[:4], newcomer])
    seats = hub.rows(
        """SELECT c.incarnation, c.ended_day IS NOT NULL, g.records FROM customers c JOIN membership m USING (rid)
           JOIN golden g USING (golden) WHERE c.dealer = 'south' AND c.record_no = '5' ORDER BY 1"""
    )
    assert seats == [(0, True, 2), (1, False, 1)], "the decision is of who bore the number then"
    assert state(hub, done) == "in force"


def test_a_record_that_turns_into_a_company_leaves_the_person(hub: Hub) -> None:
    done, zuev = say(hub, "same", "north/5 south/5"), record(hub, "south/5")
    company = {**SOUTH[4], "full_name": "", "birth_date": "", "company_name": "ООО «Зуев и сын»"}
    bring(hub, [*SOUTH[:4], company])
    assert hub.rows("SELECT p.kind, incarnation FROM party p JOIN customers USING (rid) WHERE p.id = :id", id=zuev) == [
        ("company", 0)
    ]
    assert partition(hub) == {IVANOVA, PETROV}
    assert state(hub, done) == "overruled"
    bring(hub, SOUTH, DAY + timedelta(days=2))
    assert partition(hub) == {IVANOVA, PETROV, ZUEV}
    assert state(hub, done) == "in force"


def test_a_stale_view_changes_nothing(hub: Hub) -> None:
    before = golden_hash(hub.db)
    seen: list[UUID] = []

    def check(conn: Connection, goldens: Sequence[UUID]) -> None:
        seen.extend(goldens)
        raise Stale("changed")

    groups = [[record(hub, "north/1"), record(hub, "south/3")]]
    with pytest.raises(Stale):
        decide(hub.db, Word("same", groups), STEWARD, AT, check)
    assert len(seen) == 2
    assert golden_hash(hub.db) == before
    done = say(hub, "same", "north/1 south/3")
    with pytest.raises(Stale):
        retract(hub.db, done.entry_id, STEWARD, AT, "", check)
    assert state(hub, done) == "in force"


def test_a_steward_is_told_when_long_work_is_in_the_way(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "PATIENCE", 0.05)
    with hub.db.worker() as conn:
        lock_partition(conn)
        with pytest.raises(Busy):
            say(hub, "same", "north/1 south/3")
    say(hub, "same", "north/1 south/3")


def test_what_waits_elsewhere_goes_on_waiting(hub: Hub) -> None:
    hub.put("customers_2026-11-02.csv", [*SOUTH, {**SOUTH[2], "record_no": "9"}], "south")
    hub.night()
    match(hub.db)  # and the night is cut off here
    waited = hub.rows("SELECT count(*) FROM reopened")
    assert waited != [(0,)]
    say(hub, "same", "north/5 south/5")
    assert {IVANOVA, PETROV, ZUEV} == partition(hub)
    assert hub.rows("SELECT count(*) FROM reopened WHERE rid IN (SELECT rid FROM party WHERE record_no = '9')") == [
        (1,)
    ]
    consolidate(hub.db)
    assert frozenset({"south/3", "south/9"}) in partition(hub)
    seen = golden_hash(hub.db)
    rematch(hub)
    assert golden_hash(hub.db) == seen


def test_two_stewards_and_a_worker_on_one_cluster(hub: Hub) -> None:
    errors: list[HubError] = []

    def attempt(verdict: str, named: str) -> None:
        try:
            say(hub, verdict, named)
        except HubError as error:
            errors.append(error)

    work = [
        threading.Thread(target=attempt, args=("same", "north/1 south/3")),
        threading.Thread(target=attempt, args=("different", "north/1 south/3")),
        threading.Thread(target=rematch, args=(hub,)),
    ]
    for one in work:
        one.start()
    for one in work:
        one.join()
    assert len(errors) == 1
    assert isinstance(errors[0], Conflict), "the second to come is told of the first"
    assert hub.rows("SELECT count(*) FROM membership") == hub.rows("SELECT count(*) FROM party")
    seen = golden_hash(hub.db)
    rematch(hub)
    assert golden_hash(hub.db) == seen


NAMES = [f"{dealer}/{number}" for dealer in ("north", "south") for number in (1, 2, 5)]


@st.composite
def sessions(draw: st.DrawFn) -> list[tuple[str, list[list[str]]] | int]:
    """What a steward does: verdicts on records, and numbers of earlier ones to be taken back."""
    done: list[tuple[str, list[list[str]]] | int] = []
    for _ in range(draw(st.integers(1, 6))):
        if done and draw(st.booleans()):
            done.append(draw(st.integers(0, len(done))))
            continue
        verdict = draw(st.sampled_from(["same", "different", "split", "unsure"]))
        named = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True))
        done.append((verdict, [named[:1], named[1:]] if verdict == "split" else [named]))
    return done


@settings(max_examples=16, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sessions())
def test_whatever_is_decided_holds_and_whatever_is_taken_back_never_was(
    hub: Hub, session: list[tuple[str, list[list[str]]] | int]
) -> None:
    pristine = golden_hash(hub.db)
    live: list[Outcome] = []
    for act in session:
        if isinstance(act, int):
            if live:
                undo(hub, live.pop(act % len(live)))
            continue
        try:
            live.append(say(hub, act[0], *act[1]))
        except Conflict:
            continue
        assert {state(hub, each) for each in live} == {"in force"}
    at_once = golden_hash(hub.db), partition(hub), waiting(hub)
    rematch(hub)
    assert (golden_hash(hub.db), partition(hub), waiting(hub)) == at_once
    with hub.db.worker() as conn:
        stored = list_decisions(conn, Filters(), None, 1000)
        bonds = conn.execute(sa.text("SELECT * FROM judged ORDER BY 1, 2")).all()
    replay_decisions(hub.db)
    with hub.db.worker() as conn:
        assert list_decisions(conn, Filters(), None, 1000) == stored
        assert conn.execute(sa.text("SELECT * FROM judged ORDER BY 1, 2")).all() == bonds
    for each in reversed(live):
        undo(hub, each)
    assert golden_hash(hub.db) == pristine


def test_many_at_once(hub: Hub) -> None:
    say(hub, "same", "north/5 south/5")
    ids = {name: record(hub, name) for name in (*NAMES, "north/3", "south/3")}

    def word(verdict: str, *named: str) -> Word:
        return Word(verdict, [[ids.get(name, name) for name in named]])

    found = decide_many(
        hub.db,
        [
            word("same", "north/5", "south/5"),  # known
            word("different", "north/1", "south/1"),
            word("same", "south/1", "south/3"),
            word("same", "north/1", "south/3"),  # contradicts the two before
            word("same", "north/3", "south/2"),  # a company
            word("same", "north/1", str(uuid4())),
            word("unsure", "north/1", "north/2"),
            word("unsure", "north/2", "north/1"),  # known
        ],
        "cli",
        AT,
    )
    assert (found.entered, found.known) == (3, 2)
    assert [place for place, _ in found.refused] == [3, 4, 5]
    assert partition(hub) == {frozenset({"south/1", "south/3"}), PETROV, ZUEV}
    assert decide_many(hub.db, [word("same", "south/5", "north/5")], "cli", AT).outcome is None


def test_lists_are_filtered(hub: Hub) -> None:
    one, two = say(hub, "same", "north/5 south/5"), say(hub, "different", "north/1 south/3")
    undo(hub, one)
    ivanova = UUID(record(hub, "south/1"))

    def listed(before: int | None = None, **filters: object) -> list[int]:
        with hub.db.worker() as conn:
            return [d.entry_id for d in list_decisions(conn, Filters(**filters), before, 10)]  # type: ignore[arg-type]

    assert listed() == [two.entry_id, one.entry_id]
    assert listed(before=two.entry_id) == [one.entry_id]
    assert listed(verdict="same") == [one.entry_id]
    assert listed(standing=True) == [two.entry_id]
    assert listed(standing=False) == [one.entry_id]
    assert listed(customer=ivanova) == [two.entry_id]
    assert listed(author="nobody") == []
