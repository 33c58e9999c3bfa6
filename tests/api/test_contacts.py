"""Permission, reservations and reports over HTTP: slices, keys that are sent again, roles, ten thousand at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from api.schemas.contacts import CONTACTS, Permission, PermissionRequest, RecordedContacts
from tests.api.serving import Served
from tests.contact_world import World, identity

NOBODY = "00000000-0000-0000-0000-000000000000"
DAY = timedelta(days=1)


@pytest.fixture
def hub(idle: Served) -> Served:
    """Three people of D001, of whom D002 knows the first under its number 7; time zones where it is day."""
    hour = datetime.now(UTC).hour
    with idle.db.worker() as conn:
        conn.execute(sa.text("UPDATE dealer SET timezone = :zone"), {"zone": f"Etc/GMT{hour - 13:+d}"})  # 13 o'clock
        world = World(conn)
        first = world.customer("D001", "1")
        world.customer("D001", "2")
        world.customer("D001", "3")
        world.customer("D002", "7", golden=first)
    return idle


def ask(hub: Served, role: str, *parties: dict[str, Any], expect: int = 200, **more: Any) -> dict[str, Any]:
    key = more.pop("key", None)
    body = {"purpose": "test_drive", "channel": "email", "parties": parties, **more}
    headers = {"Idempotency-Key": key} if key else {}
    answer = hub.post(role, "/v1/contacts/permission", json=body, headers=headers)
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    if expect == 200:
        Permission.model_validate(found)
    return found


def no(number: str) -> dict[str, str]:
    return {"record_no": number}


def codes(found: dict[str, Any]) -> list[list[str]]:
    return [[reason["code"] for reason in one["reasons"] if reason["forbids"]] for one in found["results"]]


def test_two_dealers_cannot_invite_one_person(hub: Served) -> None:
    mine = ask(hub, "D001", no("1"), no("2"), reserve={})
    assert [one["permitted"] for one in mine["results"]] == [True, True]
    theirs = ask(hub, "D002", no("7"), reserve={})
    assert codes(theirs) == [["not_now"]]
    reservation = mine["results"][0]["reservation"]["id"]
    for role, status in (("D002", 404), ("D001", 200), ("D001", 200)):
        assert hub.post(role, f"/v1/contacts/reservations/{reservation}/release").status_code == status
    theirs = ask(hub, "D002", no("7"), reserve={"minutes": 30})
    reservation = theirs["results"][0]["reservation"]["id"]
    assert hub.post("D002", f"/v1/contacts/reservations/{reservation}/confirm").status_code == 200
    assert hub.post("D002", f"/v1/contacts/reservations/{reservation}/release").status_code == 409
    after = ask(hub, "D001", no("1"), no("2"), no("3"))
    assert codes(after) == [["not_now"], ["cap", "cap"], []]  # the second is its own reservation


def test_a_reservation_and_a_contact_of_a_rival_look_the_same(hub: Served) -> None:
    held = ask(hub, "D002", no("7"), reserve={"minutes": 5})["results"][0]["reservation"]["id"]
    while_held = ask(hub, "D001", no("1"))["results"][0]
    hub.post("D002", f"/v1/contacts/reservations/{held}/confirm")
    after = ask(hub, "D001", no("1"))["results"][0]
    assert while_held == after


def test_a_stranger_and_nobody_are_one_to_a_dealer(hub: Served) -> None:
    with hub.db.worker() as conn:
        World(conn).customer("D002", "8")
    theirs = {"golden_id": str(identity("D002", "8"))}
    found = ask(hub, "D001", theirs, {"golden_id": NOBODY}, no("8"), reserve={})
    assert found["results"][0] == found["results"][1] == found["results"][2]
    assert codes(found)[0] == ["unknown_party"]
    assert codes(ask(hub, "head_office", theirs, {"golden_id": NOBODY})) == [[], ["unknown_party"]]


def test_head_office_is_told_all_and_names_the_dealer(hub: Served) -> None:
    ask(hub, "D002", no("7"), reserve={})
    found = ask(hub, "head_office", {"golden_id": str(identity("D001", "1"))}, dealer="D001")
    assert [reason.get("cap") for reason in found["results"][0]["reasons"]] == [None, "invitation", "day"]
    assert found["results"][0]["record_id"] == str(identity("D001", "1"))
    assert found["policy"] == "start-1"
    assert ask(hub, "head_office", no("1"), expect=422)["detail"].startswith("Say whose")
    assert ask(hub, "head_office", {**no("1"), "dealer": "D001"}, dealer="D777", expect=422)


def test_a_dealer_acts_for_itself(hub: Served) -> None:
    ask(hub, "D001", no("1"), dealer="D002", expect=403)
    ask(hub, "D001", {**no("7"), "dealer": "D002"}, expect=403)
    ask(hub, "D001", no("1"), dealer="D001")
    ask(hub, "D001", no("1"), priority=9, expect=422)


@pytest.mark.parametrize(
    ("role", "may"), [("head_office", True), ("routing", True), ("steward", False), ("auditor", False)]
)
def test_who_may_reserve(hub: Served, role: str, may: bool) -> None:
    person = {"golden_id": str(identity("D001", "1"))}
    assert ask(hub, role, person)["permitted"] == 1
    ask(hub, role, person, reserve={}, expect=200 if may else 403)


def test_one_key_twenty_times_at_once_has_one_effect(hub: Served) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: ask(hub, "D001", no("1"), reserve={}, key="k"), range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["permitted"] == 1
    other = ask(hub, "D001", no("2"), reserve={}, key="k", expect=422)
    assert other["code"] == "idempotency_key_reused"
    assert ask(hub, "D002", no("7"), reserve={}, key="k")["permitted"] == 0  # no replay across dealers
    with hub.db.worker() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM reservation")).scalar_one() == 1


def test_a_repeated_answer_says_so(hub: Served) -> None:
    body = {"purpose": "survey", "channel": "email", "parties": [no("1")], "reserve": {}}
    answers = [
        hub.post("D001", "/v1/contacts/permission", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true"]
    assert answers[0].json() == answers[1].json()


def test_reported_contacts_count(hub: Served) -> None:
    made = {"party": no("7"), "purpose": "test_drive", "channel": "email", "at": datetime.now(UTC).isoformat()}
    answer = hub.post("D002", "/v1/contacts", json={"contacts": [made, {**made, "party": no("404")}]})
    assert answer.status_code == 201, answer.text
    found = RecordedContacts.model_validate(answer.json())
    assert [one.contact_id is not None for one in found.results] == [True, False]
    assert codes(ask(hub, "D001", no("1"), no("2"))) == [["not_now"], []]
    late = {**made, "at": (datetime.now(UTC) + DAY).isoformat()}
    assert hub.post("D002", "/v1/contacts", json={"contacts": [late]}).status_code == 422
    with hub.db.worker() as conn:
        kinds = conn.execute(sa.text("SELECT kind, dealer, author FROM entry WHERE kind = 'contact'")).all()
    assert [tuple(row) for row in kinds] == [("contact", "D002", "api:key5")]


def test_a_report_with_one_key_is_entered_once(hub: Served) -> None:
    made = {"party": no("1"), "purpose": "answer", "channel": "phone", "at": datetime.now(UTC).isoformat()}
    for _ in range(3):
        answer = hub.post("D001", "/v1/contacts", json={"contacts": [made]}, headers={"Idempotency-Key": "r1"})
        assert answer.status_code == 201
    with hub.db.worker() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM contact")).scalar_one() == 1


def test_unknown_reservations_are_404(hub: Served) -> None:
    for role in ("D001", "head_office", "routing"):
        for verb in ("confirm", "release"):
            assert hub.post(role, f"/v1/contacts/reservations/{uuid4()}/{verb}").status_code == 404


def test_ten_thousand_in_one_request(hub: Served) -> None:
    parties = [no(str(number % 5)) for number in range(10_000)]
    found = ask(hub, "D001", *parties)
    assert len(found["results"]) == 10_000
    assert found["permitted"] == 6_000
    ask(hub, "D001", *parties, no("1"), expect=422)


def test_the_policy_is_shown_to_the_importers_people(hub: Served) -> None:
    answer = hub.get("head_office", "/v1/contacts/policy").json()
    assert answer["version"] == "start-1"
    assert "quiet" in answer["body"]


def test_the_examples_fit_their_schemas() -> None:
    for example in PermissionRequest.model_config["json_schema_extra"]["examples"]:  # type: ignore[index, call-overload]
        PermissionRequest.model_validate(example)
    assert CONTACTS["contacts"]
