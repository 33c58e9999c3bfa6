"""Permission on real tables: whose records, whose contacts, where the person lives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from hub.errors import Invalid
from hub.flows.permit import Request, as_json, permit
from hub.flows.record_contact import Made, Reporter, record_contacts
from hub.network.places import load_places
from hub.store.contact_parties import Reference
from hub.store.engine import Database
from hub.store.places import sync_places
from tests.contact_world import NOW, World, identity

DAY = timedelta(days=1)


def codes(conn: Connection, request: Request) -> list[list[str]]:
    """For each person the codes that forbid."""
    answers = permit(conn, request, NOW).answers
    return [[reason.code for reason in answer.verdict.reasons if reason.forbids] for answer in answers]


def by_dealer(*numbers: str, dealer: str = "D001", purpose: str = "marketing", channel: str = "phone") -> Request:
    parties = [Reference(dealer=dealer, record_no=number) for number in numbers]
    return Request(purpose, channel, parties, dealer=dealer, guarded=True)


def test_a_dealer_reaches_its_own_records_alone(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D002", "7")
        world.customer("D001", "1")
        world.customer("D001", "2", golden=golden)
        ids = [identity("D001", "1"), identity("D002", "7"), identity("D009", "1")]
        request = Request("marketing", "phone", [Reference(golden_id=one) for one in ids], "D001", guarded=True)
        assert codes(conn, request) == [[], ["unknown_party"], ["unknown_party"]]
        stranger, nobody = (permit(conn, request, NOW).answers[n].verdict for n in (1, 2))
        assert stranger == nobody
        assert codes(conn, by_dealer("1", "2", "3")) == [[], [], ["unknown_party"]]
        head_office = replace(request, dealer=None, guarded=False)
        assert codes(conn, head_office) == [[], [], ["unknown_party"]]


def test_contacts_of_all_dealers_count_however_they_came(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        for number in "123456":
            rid = world.customer("D001", number)
            world.customer("D002", number, golden=rid)
        world.interaction("D002", "1", NOW - 3 * DAY)
        world.interaction("D002", "2", NOW - 3 * DAY, direction="in")
        world.interaction("D002", "3", NOW - 3 * DAY, outcome="не ответил")
        world.interaction("D002", "4", NOW - 3 * DAY, channel="visit")
        world.interaction("D002", "5", NOW - 3 * DAY, campaign=None)
        world.interaction("D001", "6", NOW - 3 * DAY)
        expected = [["not_now"], [], [], [], [], ["cap"]]
        assert codes(conn, by_dealer(*"123456")) == expected
    report = Made(Reference(dealer="D002", record_no="2"), "marketing", "phone", NOW - DAY)
    record_contacts(db, [report], Reporter("D002", True, "test"), NOW)
    with db.worker() as conn:
        assert codes(conn, by_dealer(*"12")) == [["not_now"], ["not_now"]]


def test_a_row_that_names_customer_and_lead_counts_once(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        world.customer("D001", "L1", golden=golden, feed="leads", account="1")
        for days in (9, 16):
            world.interaction("D001", "1", NOW - days * DAY, lead_no="L1", channel="email")
        assert codes(conn, by_dealer("1", channel="email")) == [[]]
        world.interaction("D001", "1", NOW - 22 * DAY, lead_no="L1", channel="email")
        assert codes(conn, by_dealer("1", channel="email")) == [["kept_slot"]]


def test_ownership_yields_to_nobody_but_the_owner(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        world.customer("D002", "7", golden=golden)
        world.owner(golden, "D002", NOW + 60 * DAY)
        assert codes(conn, by_dealer("1")) == [["not_now"]]
        assert codes(conn, by_dealer("7", dealer="D002")) == [[]]
        assert codes(conn, by_dealer("1", purpose="service")) == [[]]
        assert codes(conn, replace(by_dealer("1"), brand="Haval")) == [[]]
        assert codes(conn, replace(by_dealer("1"), guarded=False)) == [["owned"]]


def test_the_hour_is_that_of_the_persons_place(db: Database) -> None:
    evening = NOW + timedelta(hours=4)  # 16:00 in Moscow, 23:00 in Vladivostok
    with db.worker() as conn:
        world = World(conn)
        sync_places(conn, load_places())
        world.dealer("D003", timezone="Asia/Vladivostok")
        world.customer("D001", "1", city="vladivostok", country="ru")
        world.customer("D001", "2", city="moskva", country="ru")
        world.customer("D003", "3")
        for number in range(4, 10):
            world.customer("D001", str(number), city=("vladivostok", "moskva")[number % 2], country="ru")
        request = replace(by_dealer("1", "2"), guarded=False)
        quiet = [
            bool(one.verdict.next_possible_at and not one.verdict.permitted)
            for one in permit(conn, request, evening).answers
        ]
        assert quiet == [True, False]
        assert not permit(conn, by_dealer("3", dealer="D003"), evening).answers[0].verdict.permitted
        many = permit(conn, by_dealer(*"123456789"), evening).answers
        assert [one.verdict.permitted for one in many] == [False, True, False, False, True, False, True, False, True]


def test_households_share_their_cap(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        wife, man, son = (world.customer("D001", number) for number in "123")
        world.household(wife, man, son)
        world.interaction("D001", "1", NOW - 2 * DAY, channel="email")
        world.interaction("D001", "2", NOW - 2 * DAY, channel="email")
        assert codes(conn, by_dealer("3")) == [[]]
        world.interaction("D001", "2", NOW - 5 * DAY, channel="sms")
        assert codes(conn, by_dealer("3")) == [["not_now"]]


def test_an_unmerge_gives_back_what_a_merge_took(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        one, other = world.customer("D001", "1"), world.customer("D002", "7")
        world.interaction("D002", "7", NOW - 2 * DAY)
        before = codes(conn, by_dealer("1"))
        world.move(other, one)
        assert (before, codes(conn, by_dealer("1"))) == ([[]], [["not_now"]])
        world.move(other, other)
        assert codes(conn, by_dealer("1")) == before


def test_a_house_account_is_nobody(db: Database) -> None:
    with db.worker() as conn:
        World(conn).customer("D001", "1", kind="house")
        assert codes(conn, by_dealer("1")) == [["not_a_person"]]


WRONG = {
    "an unknown purpose": ({"purpose": "chat"}, "Unknown purpose"),
    "an unknown channel": ({"channel": "fax"}, "Unknown channel"),
    "too important for a dealer": ({"priority": 9}, "0 to 6"),
    "yesterday": ({"at": NOW - DAY}, "in the past"),
    "next year": ({"at": NOW + 200 * DAY}, "14 days ahead"),
    "a dealer that is none": ({"dealer": "D777"}, "Unknown dealer"),
}


@pytest.mark.parametrize("label", WRONG)
def test_a_wrong_question_is_told_how_to_cure(db: Database, label: str) -> None:
    changes, message = WRONG[label]
    with db.worker() as conn:
        World(conn).customer("D001", "1")
        with pytest.raises(Invalid, match=message):
            permit(conn, replace(by_dealer("1"), **changes), NOW)  # type: ignore[arg-type]


def test_the_answer_names_the_policy_and_every_reason(db: Database) -> None:
    with db.worker() as conn:
        World(conn).customer("D001", "1")
        answer = as_json(permit(conn, by_dealer("1", "2"), NOW), names=False)
    assert (answer["policy"], answer["permitted"], len(answer["results"])) == ("start-1", 1, 2)
    assert answer["results"][0]["reasons"][0]["code"] == "consent_unknown"
    assert "record_id" not in answer["results"][0]
