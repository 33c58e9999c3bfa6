"""Whose prospect somebody is, over HTTP: claims, conflicts, choices, appeals, lists; a dealer never learns of a rival."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.flows.do_not_approach import write_do_not_approach
from hub.store.specifications import install_specification
from tests.api.serving import Served, process

NOW = datetime.now(UTC)
LEADS = "record_no,customer_no,full_name,phones,emails,brand,new_or_used,created_at,status\n"
CALLS = "record_no,lead_no,channel,direction,at,outcome\n"
CANARY = "D001"


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def send(hub: Served, dealer: str, feed: str, text: str) -> None:
    assert hub.post(dealer, f"/v1/uploads?feed={feed}", content=text.encode()).status_code == 202


@pytest.fixture
def rivals(peopled: Served) -> Served:
    """Ivanova is worked by D001, with contact proven ten days ago, and by D002, five days ago."""
    who = "Иванова Юлия Петровна,+7 916 123 45 67,y.ivanova@mail.ru,Lada,new"
    send(peopled, "D001", "leads", f"{LEADS}L1,1,{who},{ago(11)},contacted\n")
    send(peopled, "D002", "leads", f"{LEADS}L2,77,{who},{ago(6)},contacted\n")
    send(peopled, "D001", "interactions", f"{CALLS}I1,L1,call,in,{ago(10)},\n")
    send(peopled, "D002", "interactions", f"{CALLS}I2,L2,call,in,{ago(5)},\n")
    process(peopled)
    return peopled


def customer(hub: Served, role: str) -> str:
    items = hub.get(role, "/v1/customers?q=y.ivanova@mail.ru").json()["items"]
    return str(items[0]["golden_id"])


def claims(hub: Served, role: str) -> dict[str, Any]:
    answer = hub.get(role, f"/v1/customers/{customer(hub, role)}/claims")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_head_office_sees_both_and_the_owner_with_the_reason(rivals: Served) -> None:
    found = claims(rivals, "head_office")
    assert {(c["dealer"], c["state"], c["holds"], c["taken"]) for c in found["claims"]} == {
        ("D001", "protected", True, False), ("D002", "protected", False, True)
    }  # fmt: skip
    (owner,) = found["owners"]
    assert (owner["dealer"], owner["rule"], owner["brand"]) == ("D001", "protected_claim", "lada")


def test_an_evidenced_claim_learns_that_the_person_is_taken_and_never_by_whom(rivals: Served) -> None:
    answer = rivals.get("D002", f"/v1/customers/{customer(rivals, 'D002')}/claims")
    (claim,) = answer.json()["claims"]
    assert (claim["taken"], claim["holds"]) == (True, False)
    assert claim["taken_until"] is not None
    assert answer.json()["owners"] == []
    assert CANARY not in answer.text
    listed = rivals.get("D002", "/v1/do-not-approach")
    assert [item["record_no"] for item in listed.json()["items"]] == ["77"]
    assert CANARY not in listed.text
    assert rivals.get("D001", "/v1/do-not-approach").json()["items"] == []
    assert [i["record_no"] for i in rivals.get("D001", "/v1/portfolio").json()["items"]] == ["1"]
    assert rivals.get("D002", "/v1/portfolio").json()["items"] == []
    assert rivals.get("D002", "/v1/portfolio?dealer=D001").status_code == 403


def test_a_lead_without_proof_is_no_oracle(peopled: Served) -> None:
    who = "Иванова Юлия Петровна,+7 916 123 45 67,y.ivanova@mail.ru,Lada,new"
    send(peopled, "D001", "leads", f"{LEADS}L1,1,{who},{ago(2)},contacted\n")
    send(peopled, "D001", "interactions", f"{CALLS}I1,L1,call,in,{ago(1)},\n")
    send(peopled, "D002", "leads", f"{LEADS}L2,77,{who},{ago(1)},new\n")
    send(peopled, "D002", "interactions", f"{CALLS}I2,L2,call,out,{ago(0.5)},не ответил\n")
    process(peopled)
    (claim,) = claims(peopled, "D002")["claims"]
    assert (claim["state"], claim["taken"], claim["taken_until"]) == ("provisional", None, None)
    assert peopled.get("D002", "/v1/do-not-approach").json()["items"] == []


def test_a_conflict_is_listed_explained_and_ruled_on(rivals: Served) -> None:
    (conflict,) = rivals.get("head_office", "/v1/conflicts?state=live&dealer=D002&brand=Lada").json()["items"]
    assert (conflict["dealers"], conflict["winner"], conflict["rule"]) == (["D001", "D002"], "D001", "protected_claim")
    place = f"/v1/conflicts/{conflict['conflict_id']}"
    full = rivals.get("auditor", place).json()
    assert [step["rule"] for step in full["decisions"][0]["trace"]][-1] == "protected_claim"
    assert {fact["dealer"] for fact in full["decisions"][0]["facts"]} == {"D001", "D002"}
    assert [said["winner"] for said in full["said"]] == ["D001"]
    ruling = {"dealer": "D002", "reason": "agreed by telephone"}
    assert rivals.post("D002", f"{place}/rulings", json=ruling).status_code == 403
    assert rivals.post("head_office", f"{place}/rulings", json=ruling | {"dealer": "D009"}).status_code == 422
    assert rivals.post("head_office", f"{place}/rulings", json=ruling).status_code == 201
    again = rivals.get("head_office", place).json()
    assert (again["winner"], again["rule"]) == ("D002", "ruling")
    assert [said["winner"] for said in again["said"]] == ["D001", "D002"]
    for dealer in ("D001", "D002"):
        assert rivals.get(dealer, "/v1/conflicts").status_code == 403


def test_the_customers_choice_outranks_and_can_be_taken_back(rivals: Served) -> None:
    place = f"/v1/customers/{customer(rivals, 'steward')}/choice"
    assert rivals.post("D002", place, json={"dealer": "D002", "evidence": "said so"}).status_code == 403
    assert rivals.post("steward", place, json={"dealer": "D002", "evidence": "call 17"}).status_code == 201
    assert claims(rivals, "head_office")["owners"][0]["dealer"] == "D002"
    assert rivals.post("steward", place, json={"dealer": None, "evidence": "call 18"}).status_code == 201
    assert claims(rivals, "head_office")["owners"][0]["dealer"] == "D001"


def test_a_dealer_appeals_and_head_office_answers(rivals: Served) -> None:
    (claim,) = claims(rivals, "D002")["claims"]
    place = f"/v1/claims/{claim['claim_id']}/appeals"
    reason = {"reason": "she asked for us by name"}
    assert rivals.post("D001", place, json=reason).status_code == 404
    appeal = rivals.post("D002", place, json=reason).json()["entry_id"]
    assert rivals.post("D002", place, json=reason).status_code == 409
    assert rivals.get("D001", "/v1/appeals").json()["items"] == []
    (waiting,) = rivals.get("head_office", "/v1/appeals?waiting=true").json()["items"]
    assert (waiting["appeal_id"], waiting["dealer"], waiting["outcome"]) == (appeal, "D002", None)
    answer = {"outcome": "granted", "reason": "the recording says so"}
    assert rivals.post("head_office", f"/v1/appeals/{appeal}/answer", json=answer).status_code == 201
    assert rivals.post("head_office", f"/v1/appeals/{appeal}/answer", json=answer).status_code == 409
    assert claims(rivals, "head_office")["owners"][0]["dealer"] == "D002"
    (told,) = rivals.get("D002", "/v1/appeals").json()["items"]
    assert (told["outcome"], told["answer"]) == ("granted", "the recording says so")


def test_a_policy_is_tried_and_brought_into_force(rivals: Served) -> None:
    body = "version: hasty\nclaims: {silence: 2d}\n"
    since = (NOW - timedelta(days=30)).isoformat()
    tried = rivals.post("head_office", "/v1/policies/simulations", json={"body": body, "since": since}).json()
    assert tried["summary"]["left_without_owner"] == 1
    assert tried["chart"].startswith("<svg")
    assert rivals.post("D001", "/v1/policies", json={"body": body}).status_code == 403
    assert claims(rivals, "head_office")["owners"]
    assert rivals.post("head_office", "/v1/policies", json={"body": body}).status_code == 201
    assert rivals.post("head_office", "/v1/policies", json={"body": body}).status_code == 409
    assert claims(rivals, "head_office")["owners"] == []
    assert [p["version"] for p in rivals.get("D001", "/v1/policies").json()] == ["start-1", "hasty"]
    assert rivals.post("head_office", "/v1/policies", json={"body": "version: x\nrule: 3"}).status_code == 422


def test_abuse_is_counted_for_head_office(rivals: Served) -> None:
    rows = rivals.get("head_office", "/v1/conflicts/abuse?since=2020-01-01T00:00:00Z").json()
    assert {row["dealer"]: row["claims"] for row in rows} == {"D001": 1, "D002": 1}
    assert rivals.get("D001", "/v1/conflicts/abuse?since=2020-01-01T00:00:00Z").status_code == 403


def test_each_night_a_dealer_gets_its_list_in_the_layout_of_its_own_files(rivals: Served) -> None:
    home = rivals.app.state.settings.home
    spec = "feeds:\n  customers: {columns: {record_no: Код клиента}, delimiter: ';', encoding: cp1251}\n"
    with rivals.db.worker() as conn:
        install_specification(conn, "D002", spec, NOW)
    for dealer in ("D001", "D002"):
        (home / "receipts" / dealer).mkdir(parents=True)
    assert write_do_not_approach(rivals.db, home, datetime.now(UTC)) == 2
    heading, row = (home / "receipts/D002/do_not_approach.csv").read_text(encoding="cp1251").splitlines()
    assert heading == "Код клиента;brand;purpose;until"
    assert row.startswith("77;lada;new;20")
    assert (home / "receipts/D001/do_not_approach.csv").read_text().splitlines() == ["record_no,brand,purpose,until"]


def test_a_timeline_holds_what_the_callers_slice_does(rivals: Served) -> None:
    def items(role: str) -> list[tuple[str, str]]:
        found = rivals.get(role, f"/v1/customers/{customer(rivals, role)}/timeline").json()
        return [(item["dealer"], item["feed"]) for item in found["items"]]

    whole = [("D002", "interactions"), ("D002", "leads"), ("D001", "interactions"), ("D001", "leads")]
    assert items("head_office") == whole
    assert items("D001") == [item for item in whole if item[0] == "D001"]
