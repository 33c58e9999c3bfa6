"""Leads over HTTP: routed, told once, seen by whom they concern."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.api.serving import Served
from tests.flows.routing_world import name, phone

LEAD: dict[str, Any] = {
    "full_name": "Кузнецова Анна Павловна",
    "phones": "8 926 555-44-33",
    "emails": ["a.kuznetsova@mail.ru"],
    "city": "Тверь",
    "brand": "Lada",
    "model": "Vesta",
}
ADF = """<?xml version="1.0"?><?adf version="1.0"?><adf><prospect status="new">
<requestdate>2026-11-20T10:00:00+03:00</requestdate>
<vehicle interest="buy" status="new"><make>Lada</make><model>Vesta</model></vehicle>
<customer><contact><name part="full">Сергей Орлов & сын</name><phone>+7 926 111-22-44</phone></contact></customer>
<vendor><vendorname>Юг</vendorname></vendor><provider><name>portal</name></provider></prospect></adf>"""


def send(served: Served, role: str = "routing", path: str = "/v1/leads", key: str | None = None, **changed: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return served.post(role, path, json={**LEAD, **changed}, headers=headers)


def count(served: Served, table: str) -> int:
    with served.db.worker() as conn:
        return int(conn.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_lead_goes_to_a_dealer_and_the_answer_says_why(idle: Served) -> None:
    answer = send(idle)
    assert answer.status_code == 201
    told = answer.json()
    assert told["dealer"] in ("D001", "D002")
    assert told["accept_by"] < told["contact_by"]
    assert [each["dealer"] for each in told["candidates"]] == ["D001", "D002"]
    assert all(each["fell_out"] is None and 0 <= each["score"] <= 1 for each in told["candidates"])
    assert (told["rule"], told["policy"], told["person"]["decision"]) == ("turn", "start-1", "no_match")
    history = idle.get("head_office", f"/v1/leads/{told['lead_id']}").json()
    assert (history["state"], history["dealer"]) == ("offered", told["dealer"])
    assert [step["kind"] for step in history["steps"]] == ["offered"]
    assert history["decisions"][0]["candidates"] == told["candidates"]


def test_matching_finds_the_person_at_once(idle: Served) -> None:
    lead = send(idle).json()
    found = idle.post(
        "head_office", "/v1/customers/match", json={"full_name": LEAD["full_name"], "phones": LEAD["phones"]}
    )
    assert found.json()["candidates"][0]["golden_id"] == lead["lead_id"]
    shown = idle.get("head_office", f"/v1/customers/{lead['lead_id']}").json()
    assert shown["members"][0]["dealer"] == "@hub"


def test_a_dealer_sees_its_own_offers_and_no_rival(idle: Served) -> None:
    lead = send(idle).json()
    holder, rival = (lead["dealer"], "D002" if lead["dealer"] == "D001" else "D001")
    own = idle.get(holder, "/v1/leads").json()["items"]
    assert [(item["lead_id"], item["status"], item["person"]["phones"]) for item in own] == [
        (lead["lead_id"], "open", LEAD["phones"])
    ]
    assert rival not in idle.get(holder, "/v1/leads").text
    assert idle.get(rival, "/v1/leads").json()["items"] == []
    unknown = uuid4()
    for path in ("", "/adf"):
        known = idle.get(rival, f"/v1/leads/{lead['lead_id']}{path}")
        nobody = idle.get(rival, f"/v1/leads/{unknown}{path}")
        assert known.status_code == nobody.status_code == 404
        assert known.json()["detail"] == nobody.json()["detail"]
    for verb in ("accept", "decline", "contacted"):
        assert idle.post(rival, f"/v1/leads/{lead['lead_id']}/{verb}").status_code == 404


def test_the_importers_people_see_persons_by_their_role(idle: Served) -> None:
    send(idle)
    for role, sees in (("head_office", True), ("steward", True), ("routing", False), ("auditor", False)):
        item = idle.get(role, "/v1/leads").json()["items"][0]
        assert (item["person"] is not None) == sees, role


def test_accept_contact_win(idle: Served) -> None:
    lead = send(idle).json()
    at, holder = f"/v1/leads/{lead['lead_id']}", lead["dealer"]
    assert idle.post(holder, f"{at}/accept").json()["status"] == "accepted"
    assert idle.post(holder, f"{at}/accept").status_code == 409
    done = idle.post(holder, f"{at}/contacted", json={"channel": "call"}).json()
    assert (done["status"], done["on_time"]) == ("contacted", True)
    assert idle.post(holder, f"{at}/outcome", json={"status": "proposal"}).json()["status"] == "contacted"
    assert idle.post(holder, f"{at}/outcome", json={"status": "won"}).json()["status"] == "won"
    assert idle.post(holder, f"{at}/outcome", json={"status": "lost"}).status_code == 409
    kinds = [step["kind"] for step in idle.get("head_office", at).json()["steps"]]
    assert kinds == ["offered", "accepted", "contacted", "progressed", "won"]


def test_declined_twice_goes_to_head_office_which_gives_it_away(idle: Served) -> None:
    lead = send(idle).json()
    at, first = f"/v1/leads/{lead['lead_id']}", lead["dealer"]
    second = "D002" if first == "D001" else "D001"
    gone = idle.post(first, f"{at}/decline", json={"reason": "no car"}).json()
    assert (gone["status"], gone["person"]) == ("declined", None)
    assert idle.post(first, f"{at}/accept").status_code == 409
    assert idle.get("head_office", at).json()["dealer"] == second
    idle.post(second, f"{at}/decline")
    history = idle.get("head_office", at).json()
    assert (history["state"], history["dealer"]) == ("head_office", None)
    assert history["decisions"][-1]["rule"] == "nobody"
    assert {each["fell_out"] for each in history["decisions"][-1]["candidates"]} == {"tried"}
    given = idle.post("head_office", f"{at}/assign", json={"dealer": first, "reason": "the owner asked for it"})
    assert (given.json()["state"], given.json()["dealer"]) == ("offered", first)
    assert idle.post(first, f"{at}/accept").status_code == 200
    assert idle.post("head_office", f"{at}/assign", json={"dealer": "D999", "reason": "x"}).status_code == 422


def test_a_dry_run_tells_what_then_happens_and_stores_nothing(idle: Served) -> None:
    tables = ("entry", "lead", "leads", "party", "offer", "allocation", "lead_decision", "request")
    before = {table: count(idle, table) for table in tables}
    told = send(idle, path="/v1/leads?dry_run=true", key="k")
    assert told.status_code == 200
    assert {table: count(idle, table) for table in tables} == before
    done = send(idle, key="k").json()
    left_out = ("lead_id", "at", "accept_by", "contact_by")
    assert {k: v for k, v in told.json().items() if k not in left_out} == {
        k: v for k, v in done.items() if k not in left_out
    }


def test_the_same_person_and_brand_is_the_same_lead(idle: Served) -> None:
    first = send(idle).json()
    again = send(idle, full_name="Анна Кузнецова", phones=["+79265554433"], model="Granta")
    assert again.status_code == 200
    assert (again.json()["repeated"], again.json()["lead_id"]) == (True, first["lead_id"])
    other = send(idle, brand="Mazda")
    assert (other.status_code, other.json()["repeated"]) == (201, False)
    service = send(idle, interest="service")
    assert service.json()["repeated"] is False
    stranger = send(idle, full_name="Волков Пётр", phones="8 911 000-11-22", emails=None)
    assert stranger.json()["repeated"] is False
    assert count(idle, "lead") == 4
    assert idle.get("head_office", f"/v1/leads/{first['lead_id']}").json()["steps"][-1]["kind"] == "repeated"


def test_a_phone_alone_twice_is_one_lead(idle: Served) -> None:
    alone = {"full_name": None, "emails": None, "phones": "8 903 123 45 99"}
    first, second = send(idle, **alone).json(), send(idle, **alone).json()
    assert (second["repeated"], second["lead_id"]) == (True, first["lead_id"])


def test_one_key_one_effect_in_parallel(idle: Served) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: send(idle, key="once"), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert (count(idle, "lead"), count(idle, "entry"), count(idle, "offer")) == (1, 1, 1)


def test_another_body_under_the_key_is_refused_and_keys_are_the_callers_own(idle: Served) -> None:
    first = send(idle, key="mine").json()
    refused = send(idle, key="mine", comments="changed")
    assert refused.status_code == 422
    assert "Idempotency-Key" in refused.json()["detail"]
    stranger = send(
        idle, role="head_office", key="mine", full_name="Волков Пётр", phones="8 911 000-11-22", emails=None
    )
    assert stranger.status_code == 201
    assert stranger.json()["lead_id"] != first["lead_id"]


def test_the_same_person_in_parallel_without_keys_is_one_lead(idle: Served) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = [answer.json() for answer in pool.map(lambda _: send(idle), range(12))]
    assert len({answer["lead_id"] for answer in answers}) == 1
    assert sorted(answer["repeated"] for answer in answers) == [False] + [True] * 11
    assert count(idle, "lead") == 1


def test_adf(idle: Served) -> None:
    answer = idle.post("routing", "/v1/leads", content=ADF.encode(), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["dealer"], told["brand"], told["rule"]) == ("D002", "lada", "best")  # the customer asked for it
    text = idle.get("D002", f"/v1/leads/{told['lead_id']}/adf")
    assert text.headers["content-type"] == "application/xml"
    assert '<name part="full">Сергей Орлов &amp; сын</name>' in text.text
    with idle.db.worker() as conn:
        raw = conn.execute(sa.text("SELECT body ->> 'raw_sha256' FROM entry")).scalar_one()
    archive = idle.app.state.settings.archive_dir
    assert (archive / raw[:2] / raw).read_text(encoding="utf-8") == ADF


BAD_ADF = {
    "a DTD": '<!DOCTYPE adf [<!ENTITY a "b">]>' + ADF,
    "a bomb": '<!DOCTYPE a [<!ENTITY x "x"><!ENTITY y "&x;&x;">]><adf><prospect>&y;</prospect></adf>',
    "no prospect": "<adf></adf>",
    "cut short": ADF[:200],
    "two prospects": ADF.replace("</prospect>", "</prospect>" + ADF[ADF.index("<prospect") : ADF.index("</adf>")]),
    "unclosed": ADF.replace("</contact>", ""),
    "nobody": "<adf><prospect><vehicle><make>Lada</make></vehicle></prospect></adf>",
}


@pytest.mark.parametrize("name", BAD_ADF)
def test_adf_that_is_refused(shared: Served, name: str) -> None:
    before = count(shared, "entry")
    answer = shared.post("routing", "/v1/leads", content=BAD_ADF[name].encode(), headers={"Content-Type": "text/xml"})
    assert answer.status_code == 422, answer.text
    assert count(shared, "entry") == before


BAD_JSON: dict[str, tuple[dict[str, Any], str]] = {
    "unknown field": ({"colour": "red"}, "#/body/colour"),
    "choice": ({"interest": "steal"}, "#/body/interest"),
    "naive time": ({"created_at": "2026-11-20T10:00:00"}, "#/body/created_at"),
    "too long": ({"comments": "x" * 2000}, "#/body/comments"),
    "control characters": ({"city": "\x00"}, "#/body/city"),
    "country": ({"country": "Russia"}, "#/body/country"),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_json_that_is_refused(shared: Served, name: str) -> None:
    changed, place = BAD_JSON[name]
    answer = send(shared, **changed)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [place]


def test_a_lead_of_nobody_is_refused(idle: Served) -> None:
    answer = idle.post("routing", "/v1/leads", json={"brand": "Lada", "city": "Тверь"})
    assert answer.status_code == 422
    assert "names nobody" in answer.json()["detail"]
    assert count(idle, "entry") == 0


def test_who_refused_transfer_goes_to_head_office(idle: Served) -> None:
    told = send(idle, transfer="refused").json()
    assert (told["dealer"], told["rule"]) == (None, "nobody")
    assert {each["fell_out"] for each in told["candidates"]} == {"transfer_refused"}
    given = {"dealer": "D001", "reason": "they know each other"}
    assert idle.post("head_office", f"/v1/leads/{told['lead_id']}/assign", json=given).status_code == 409


def test_pages_miss_no_offer_and_a_cursor_is_the_callers_own(idle: Served) -> None:
    for number in range(6):
        send(idle, full_name=name(number), phones=phone(number), emails=None)
    seen, cursor = [], None
    while True:
        page = idle.get(
            "head_office", "/v1/leads", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [item["offer_id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
        assert idle.get("D001", "/v1/leads", params={"limit": 2, "cursor": cursor}).status_code == 400
    numbers = [idle.app.state.words.offers.number(word) for word in seen]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 6
    later = idle.get("head_office", "/v1/leads", params={"after": seen[3]}).json()["items"]
    assert [item["offer_id"] for item in later] == seen[4:]


IVANOVA = {"full_name": "Иванова Юлия Петровна", "phones": "8 916 123-45-67", "emails": "y.ivanova@mail.ru"}


def golden_of_ivanova(served: Served) -> str:
    found = served.post("head_office", "/v1/customers/match", json=IVANOVA).json()["candidates"]
    return str(found[0]["golden_id"])


@pytest.mark.parametrize("owner", ["D001", "D002"])
def test_a_known_person_goes_to_the_owner(peopled: Served, owner: str) -> None:
    golden_id = golden_of_ivanova(peopled)
    with peopled.db.worker() as conn:
        conn.execute(
            sa.text(
                """INSERT INTO ownership (golden, brand, purpose, dealer, valid_from, rule, policy, reason)
                   SELECT golden, 'lada', 'new', :owner, '2026-01-01Z', 'x', 'x', 'x' FROM golden WHERE golden_id = :id
                   ON CONFLICT DO NOTHING"""
            ),
            {"id": golden_id, "owner": owner},
        )
    told = send(peopled, **IVANOVA).json()
    assert (told["person"]["decision"], told["person"]["golden_id"]) == ("match", golden_id)
    assert (told["dealer"], told["rule"]) == (owner, "owner")
    assert sorted(str(each["fell_out"]) for each in told["candidates"]) == ["None", "owned"]
    assert send(peopled, **{**IVANOVA, "brand": "Mazda"}).json()["rule"] == "nobody"  # nobody has that franchise


def test_a_withdrawn_transfer_keeps_the_data_here(peopled: Served) -> None:
    party = {"golden_id": golden_of_ivanova(peopled)}
    body = {"party": party, "purpose": "transfer", "status": "withdrawn", "controller": "importer"}
    assert peopled.post("head_office", "/v1/consents", json=body).status_code in (200, 201)
    told = send(peopled, **IVANOVA).json()
    assert (told["dealer"], told["rule"]) == (None, "nobody")
    assert {each["fell_out"] for each in told["candidates"]} == {"transfer_refused"}
