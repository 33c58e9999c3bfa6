"""Why two are one, or not; how a customer came to be; and that a dealer learns nothing of its rivals by asking."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.serving import Served, process
from tests.api.test_customers import identities

NOBODY = "00000000-0000-0000-0000-000000000000"
HOME = "+7 916 777-11-22"
FAMILY = f"""record_no,full_name,phones,birth_date,address,city,updated_at
10,Орлов Пётр Ильич,{HOME},1950-03-04,ул. Ленина 5 кв. 7,Тверь,2026-10-01
11,Орлов Пётр Ильич,{HOME},1981-09-20,ул. Ленина 5 кв. 7,Тверь,2026-10-01
12,Орлов Пётр Ильич,{HOME},,ул. Ленина 5 кв. 7,Тверь,2026-10-01
13,Орлов Пётр Ильич,+7 916 777-11-33,1950-03-04,,Тверь,2026-10-01
"""


@pytest.fixture(scope="module")
def family(shared: Served) -> Served:
    """Father (10 and 13) and son (11) of one name and phone at D001, and a record (12) that could be either's."""
    answer = shared.post("D001", "/v1/uploads?feed=customers&name=customers_delta.csv", content=FAMILY.encode())
    assert answer.status_code == 202
    process(shared)
    return shared


def pair(served: Served, role: str, a: str, b: str) -> dict[str, Any]:
    answer = served.get(role, "/v1/explain/pair", params={"a": a, "b": b})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def customer(served: Served, role: str, golden_id: str) -> dict[str, Any]:
    answer = served.get(role, f"/v1/explain/customer/{golden_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_two_that_are_one(family: Served) -> None:
    ids = identities(family)
    found = pair(family, "head_office", ids["1"], ids["77"])
    assert (found["together"], found["decision"], found["forbidden"]) == (True, "match", [])
    assert sum(reason["weight"] for reason in found["reasons"]) == pytest.approx(found["log2_odds"], abs=0.05)
    assert {"phone", "surname, birth date"} <= set(found["keys"])
    assert [record["dealer"] for record in found["records"]] == ["D001", "D002"]
    assert found["verdict"].startswith("They are one customer")
    assert (found["link"], found["contradictions"], found["waits"]) == (None, [], None)


def test_the_score_is_that_of_the_night(family: Served) -> None:
    with family.db.worker() as conn:
        edges = conn.execute(
            sa.text(
                "SELECT a.id, b.id, e.weight FROM edge e JOIN party a ON a.rid = rid_a JOIN party b ON b.rid = rid_b"
            )
        ).all()
    assert len(edges) >= 3
    for a, b, weight in edges:
        assert pair(family, "head_office", str(a), str(b))["log2_odds"] == pytest.approx(weight, abs=0.002)


def test_two_that_contradict(family: Served) -> None:
    ids = identities(family)
    found = pair(family, "steward", ids["10"], ids["11"])
    assert (found["together"], found["decision"], found["forbidden"]) == (False, "forbidden", ["birth date"])
    assert {"a": ids["10"], "b": ids["11"], "by": ["birth date: different"]} in found["contradictions"]
    assert "birth date: different" in found["verdict"]


def test_a_person_and_a_company(family: Served) -> None:
    ids = identities(family)
    found = pair(family, "head_office", ids["1"], ids["3"])
    assert (found["decision"], found["keys"]) == ("forbidden", [])
    assert found["contradictions"][0]["by"] == ["kind: person, company"]


def test_strangers(family: Served) -> None:
    ids = identities(family)
    found = pair(family, "head_office", ids["12"], ids["78"])
    assert (found["together"], found["link"] is None or found["link"] < 0) == (False, True)


def test_one_that_could_be_the_fathers_or_the_sons(family: Served) -> None:
    ids = identities(family)
    found = customer(family, "head_office", ids["12"])
    assert found["members"] == [ids["12"]]
    assert found["current"] is True
    assert found["component"] == 4
    doubt = [step for step in found["steps"] if step["kind"] == "ambiguous"]
    assert doubt, found["steps"]
    rivals = {record for step in doubt for rival in step["rivals"] for record in rival}
    assert {ids["10"], ids["11"]} <= rivals
    assert {apart["why"] for apart in found["apart"]} == {"ambiguous"}
    assert {one["reason"] for one in found["waiting"]} == {"ambiguous"}
    named = {record["record_id"] for record in found["records"]}
    assert {ids["10"], ids["11"], ids["12"]} <= named
    assert "steward" in pair(family, "head_office", ids["12"], ids["10"])["verdict"]


def test_how_the_father_came_to_be(family: Served) -> None:
    ids = identities(family)
    found = customer(family, "head_office", ids["13"])
    # both came at once: the first by identity gives the golden id
    assert (found["golden_id"], found["members"]) == (min(ids["10"], ids["13"]), sorted([ids["10"], ids["13"]]))
    merges = [step for step in found["steps"] if step["kind"] == "merge"]
    assert [{*step["left"], *step["right"]} for step in merges] == [{ids["10"], ids["13"]}]
    assert [one["decision"] for one in found["pairs"]] == ["match"]
    assert merges[0]["link"] == pytest.approx(found["pairs"][0]["log2_odds"], abs=0.002)
    contradicting = [apart for apart in found["apart"] if apart["records"] == [ids["11"]]]
    assert contradicting[0]["why"] == "contradiction"
    assert contradicting[0]["contradictions"][0]["by"] == ["birth date: different"]


def test_the_steps_lead_to_every_customer_of_the_base(family: Served) -> None:
    for golden_id in identities(family).values():
        assert customer(family, "head_office", golden_id)["current"] is True


def test_a_dealers_explanation_is_made_of_its_own_records(family: Served) -> None:
    ids = identities(family)
    south = customer(family, "D002", ids["77"])
    assert (south["golden_id"], south["members"], south["component"]) == (ids["77"], [ids["77"]], 1)
    north = customer(family, "D001", ids["13"])
    assert sorted(north["members"]) == sorted([ids["10"], ids["13"]])
    assert [step["kind"] for step in north["steps"]] == ["merge"]
    assert ids["77"] not in str(customer(family, "D001", ids["1"]))
    assert pair(family, "D001", ids["10"], ids["11"])["decision"] == "forbidden"


def test_a_rivals_record_and_a_missing_one_are_the_same(family: Served) -> None:
    ids = identities(family)
    for path in ("/v1/explain/pair", "/v1/explain/pair.svg"):
        for own, foreign in (("a", "b"), ("b", "a")):
            answers = [
                family.get("D001", path, params={own: ids["1"], foreign: other}) for other in (ids["77"], NOBODY)
            ]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].text == answers[1].text
    foreign, missing = (family.get("D001", f"/v1/explain/customer/{one}") for one in (ids["78"], NOBODY))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.text.replace(ids["78"], NOBODY) == missing.text


def test_the_picture(family: Served) -> None:
    ids = identities(family)
    answer = family.get("head_office", "/v1/explain/pair.svg", params={"a": ids["10"], "b": ids["11"]})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    ET.fromstring(answer.text)
    assert "birth date: different · contradicts" in answer.text
    assert "Орлов" not in answer.text


def test_a_record_with_itself_is_refused(family: Served) -> None:
    ids = identities(family)
    answer = family.get("head_office", "/v1/explain/pair", params={"a": ids["1"], "b": ids["1"]})
    assert answer.status_code == 422


def test_a_record_that_is_gone_is_410(peopled: Served) -> None:
    ids = identities(peopled)
    with peopled.db.worker() as conn:
        conn.execute(sa.text("INSERT INTO customers_history SELECT * FROM customers WHERE record_no = '2'"))
        for table in ("party", "customers"):
            conn.execute(sa.text(f"DELETE FROM {table} WHERE record_no = '2'"))
    assert peopled.get("head_office", f"/v1/explain/customer/{ids['2']}").status_code == 410
    answer = peopled.get("D001", "/v1/explain/pair", params={"a": ids["1"], "b": ids["2"]})
    assert answer.status_code == 410
