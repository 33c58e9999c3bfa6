"""Reservations under real concurrency: threads, transactions, PostgreSQL; one grant, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import Conflict, Invalid, NotFound
from hub.flows.permit import Request
from hub.flows.record_contact import Made, Reporter, record_contacts
from hub.flows.reserve import confirm, release, reserve
from hub.store.contact_parties import Reference
from hub.store.engine import Database
from hub.store.requests import KeyReused, Once
from tests.contact_world import NOW, World, identity

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def invite(dealer: str, *numbers: str) -> Request:
    parties = [Reference(dealer=dealer, record_no=number) for number in numbers]
    return Request("test_drive", "phone", parties, dealer=dealer, guarded=True)


def hold(db: Database, dealer: str, *numbers: str, now: datetime = NOW, minutes: float = 30) -> list[UUID | None]:
    """Reserve; for each person the reservation, or None."""
    answer, _ = reserve(db, invite(dealer, *numbers), minutes, "test", at(now))
    held = [result.get("reservation") for result in answer["results"]]
    return [UUID(one["id"]) if one else None for one in held]


def shared_people(db: Database, dealers: int, people: int) -> None:
    """People of whom each dealer has a record, under the same number."""
    with db.worker() as conn:
        world = World(conn)
        for number in range(people):
            golden: int | None = None
            for dealer in range(dealers):
                golden = world.customer(f"D{dealer:03}", str(number), golden=golden) if golden is None else golden
                if dealer:
                    world.customer(f"D{dealer:03}", str(number), golden=golden)


def test_what_one_reserved_no_other_gets_until_it_is_over(db: Database) -> None:
    shared_people(db, 2, 1)
    first = hold(db, "D000", "0")[0]
    assert first
    assert hold(db, "D001", "0") == hold(db, "D000", "0") == [None]
    release(db, first, "D000", True, "test", at(NOW + MINUTE))
    release(db, first, "D000", True, "test", at(NOW + MINUTE))
    second = hold(db, "D001", "0", now=NOW + 2 * MINUTE)[0]
    assert second
    contact, made = confirm(db, second, "D001", True, "test", at(NOW + 3 * MINUTE))
    assert confirm(db, second, "D001", True, "test", at(NOW + 9 * MINUTE)) == (contact, made)
    assert hold(db, "D000", "0", now=NOW + 13 * DAY) == [None]
    assert hold(db, "D000", "0", now=NOW + 17 * DAY) != [None]
    with pytest.raises(Conflict, match="confirmed"):
        release(db, second, "D001", True, "test", at(NOW + 4 * MINUTE))


def test_a_client_that_dies_keeps_nobody_for_long(db: Database) -> None:
    shared_people(db, 2, 1)
    dead = hold(db, "D000", "0", minutes=15)[0]
    assert dead
    assert hold(db, "D001", "0", now=NOW + 14 * MINUTE) == [None]
    assert hold(db, "D001", "0", now=NOW + 15 * MINUTE) != [None]
    with pytest.raises(Conflict, match="run out"):
        confirm(db, dead, "D000", True, "test", at(NOW + 16 * MINUTE))
    with db.worker() as conn:
        ended = sa.text("SELECT ended_by, ended_at FROM reservation WHERE reservation = :id")
        assert conn.execute(ended, {"id": dead}).one() == (None, None)  # stored as another record of the person


def test_a_reservation_of_another_is_unknown(db: Database) -> None:
    shared_people(db, 2, 1)
    held = hold(db, "D000", "0")[0]
    assert held
    for one in (held, uuid4()):
        with pytest.raises(NotFound):
            confirm(db, one, "D001", True, "test", at(NOW))
        with pytest.raises(NotFound):
            release(db, one, "D001", True, "test", at(NOW))
    confirm(db, held, None, False, "head office", at(NOW))


def test_one_request_cannot_reserve_one_person_twice(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        world.customer("D001", "2", golden=golden)
        wife, man, son, aunt = (world.customer("D001", number) for number in "3456")
        world.household(wife, man, son, aunt)
    held = hold(db, "D001", "1", "2", "3", "4", "5", "6")
    assert [bool(one) for one in held] == [True, False, True, True, True, False]


def test_records_that_turn_out_to_be_one_person(db: Database) -> None:
    """Both were granted while they were two; the earlier reservation holds, the later is not confirmed."""
    with db.worker() as conn:
        world = World(conn)
        one, other = world.customer("D001", "1"), world.customer("D002", "7")
    first, second = hold(db, "D001", "1")[0], hold(db, "D002", "7", now=NOW + MINUTE)[0]
    assert first
    assert second
    with db.worker() as conn:
        World(conn).move(other, one)
    with pytest.raises(Conflict, match="not_now"):
        confirm(db, second, "D002", True, "test", at(NOW + 2 * MINUTE))
    confirm(db, first, "D001", True, "test", at(NOW + 2 * MINUTE))


def test_a_withdrawal_comes_before_the_confirmation(db: Database) -> None:
    shared_people(db, 2, 1)
    held = hold(db, "D000", "0")[0]
    assert held
    with db.worker() as conn:
        World(conn).consent("D001", "0", "withdrawn", NOW)
    with pytest.raises(Conflict, match="not_permitted"):
        confirm(db, held, "D000", True, "test", at(NOW + MINUTE))


def test_a_contact_that_used_its_reservation_counts_once(db: Database) -> None:
    shared_people(db, 1, 1)
    held = hold(db, "D000", "0")[0]
    made = Made(Reference(dealer="D000", record_no="0"), "test_drive", "phone", NOW + MINUTE, reservation=held)
    by = Reporter("D000", True, "test")
    assert record_contacts(db, [made, made], by, NOW + MINUTE)[0]["recorded"] == 2
    with db.worker() as conn:
        found = conn.execute(sa.text("SELECT count(reservation), count(*) FROM contact")).one()
        assert tuple(found) == (1, 2)
        assert conn.execute(sa.text("SELECT ended_by FROM reservation")).scalar_one() == "confirmed"


@pytest.mark.parametrize("minutes", [0, -1, 1441])
def test_a_reservation_lasts_as_long_as_the_policy_allows(db: Database, minutes: float) -> None:
    shared_people(db, 1, 1)
    with pytest.raises(Invalid, match="1440"):
        hold(db, "D000", "0", minutes=minutes)


# -------------------------------------------------------------------- at once


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work`` in so many threads that begin at one moment."""
    barrier = Barrier(count)

    def begin(number: int) -> Any:
        barrier.wait(120)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_sixteen_dealers_at_once_and_one_is_granted(db: Database) -> None:
    shared_people(db, 16, 5)
    held = together(16, lambda n: hold(db, f"D{n:03}", *map(str, range(5))))
    assert [sum(one[person] is not None for one in held) for person in range(5)] == [1] * 5


def test_requests_that_name_people_in_opposite_orders_do_not_block_each_other(db: Database) -> None:
    shared_people(db, 8, 40)
    numbers = [str(number) for number in range(40)]
    held = together(8, lambda n: hold(db, f"D{n:03}", *(numbers if n % 2 else numbers[::-1])))
    assert sum(one is not None for answer in held for one in answer) == 40


def test_people_of_one_household_at_once(db: Database) -> None:
    """Eight people of one household, eight clients: the household's cap of three holds."""
    with db.worker() as conn:
        world = World(conn)
        world.household(*(world.customer("D001", str(number)) for number in range(8)))
    held = together(8, lambda n: hold(db, "D001", str(n)))
    assert sum(one[0] is not None for one in held) == 3


def test_a_merge_in_between_grants_nobody_twice(db: Database) -> None:
    """Some see two persons, some one, depending on when they look; after the merge at most one can be confirmed."""
    with db.worker() as conn:
        world = World(conn)
        one, other = world.customer("D001", "1"), world.customer("D002", "7")

    def work(number: int) -> Any:
        if number == 0:
            with db.worker() as conn:
                World(conn).move(other, one)
            return [None]
        return hold(db, "D001", "1") if number % 2 else hold(db, "D002", "7")

    held = [answer[0] for answer in together(9, work) if answer[0]]
    assert 1 <= len(held) <= 2

    def settle(number: int) -> bool:
        try:
            confirm(db, held[number], None, False, "test", at(NOW + MINUTE))
        except Conflict:
            return False
        return True

    assert sum(together(len(held), settle)) == 1


def test_one_key_twenty_times_has_one_effect(db: Database) -> None:
    shared_people(db, 1, 1)
    once = Once("D000", "k", "a" * 64)
    answers = together(20, lambda _: reserve(db, invite("D000", "0"), 30, "test", at(NOW), once))
    assert len({json.dumps(answer, sort_keys=True) for answer, _ in answers}) == 1
    assert sum(not repeated for _, repeated in answers) == 1
    assert answers[0][0]["permitted"] == 1
    with db.worker() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM reservation")).scalar_one() == 1
    with pytest.raises(KeyReused):
        reserve(db, invite("D000", "0"), 30, "test", at(NOW), replace(once, sha256="b" * 64))


def test_a_key_of_one_dealer_answers_no_other(db: Database) -> None:
    shared_people(db, 2, 1)
    mine, repeated = reserve(db, invite("D000", "0"), 30, "test", at(NOW), Once("D000", "k", "a" * 64))
    theirs, again = reserve(db, invite("D001", "0"), 30, "test", at(NOW), Once("D001", "k", "a" * 64))
    assert (mine["permitted"], theirs["permitted"], repeated, again) == (1, 0, False, False)


def test_a_request_that_failed_leaves_its_key_free(db: Database) -> None:
    shared_people(db, 1, 1)
    once = Once("D000", "k", "a" * 64)
    with pytest.raises(Invalid):
        reserve(db, replace(invite("D000", "0"), priority=9), 30, "test", at(NOW), once)
    assert reserve(db, invite("D000", "0"), 30, "test", at(NOW), once)[0]["permitted"] == 1


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(["hold", "release", "confirm", "wait"])),
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=list(HealthCheck), database=None)
@given(STEPS)
def test_whatever_dealers_do_at_most_one_holds_a_person(db: Database, steps: list[tuple[int, int, str]]) -> None:
    """A model of one slot a person beside the real thing; a new set of people for each example."""
    batch = uuid4().hex[:8]
    with db.worker() as conn:
        world = World(conn)
        for person in range(3):
            golden = world.customer("D000", f"{batch}-{person}")
            for dealer in range(1, 4):
                world.customer(f"D{dealer:03}", f"{batch}-{person}", golden=golden)
    now = NOW
    holders: dict[int, tuple[int, UUID, datetime]] = {}
    taken: set[int] = set()
    for dealer, person, step in steps:
        live = person in holders and holders[person][2] > now
        own = live and holders[person][0] == dealer
        if step == "wait":
            now += 11 * MINUTE
        elif step == "hold":
            held = hold(db, f"D{dealer:03}", f"{batch}-{person}", now=now, minutes=20)[0]
            assert (held is not None) == (not live and person not in taken)
            if held:
                holders[person] = (dealer, held, now + 20 * MINUTE)
        elif own and step == "release":
            release(db, holders.pop(person)[1], f"D{dealer:03}", True, "test", at(now))
        elif own:
            confirm(db, holders.pop(person)[1], f"D{dealer:03}", True, "test", at(now))
            taken.add(person)
    assert identity("D000", batch)  # ids of this world are a function of dealer and number
