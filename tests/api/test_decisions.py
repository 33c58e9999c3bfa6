"""A steward decides over HTTP: at once, by what was looked at, and back again."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from tests.api.serving import Served
from tests.api.test_customers import identities

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def ids(peopled: Served) -> dict[str, str]:
    """Identities by record number: 1 and 77 are Ivanova, 2 Petrov, 3 a company, 78 Sidorov."""
    return identities(peopled)


def tags(served: Served, *records: str) -> str:
    """The ETags of the customers that hold these records, for If-Match."""
    found = [served.get("steward", f"/v1/customers/{one}", follow_redirects=True) for one in records]
    return ", ".join(answer.headers["etag"] for answer in found)


def decide(served: Served, body: dict[str, Any], match: str | None = "*", role: str = "steward") -> httpx.Response:
    headers = {} if match is None else {"If-Match": match}
    return served.post(role, "/v1/decisions", json=body, headers=headers)


def same(*records: str) -> dict[str, Any]:
    return {"verdict": "same", "records": list(records), "reason": "asked her"}


def golden(served: Served, record: str) -> str:
    answer = served.get("head_office", f"/v1/customers/{record}", follow_redirects=True)
    return str(answer.json()["golden_id"])


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_decision_joins_at_once_and_tells_what_it_did(peopled: Served, ids: dict[str, str]) -> None:
    answer = decide(peopled, same(ids["77"], ids["78"]), tags(peopled, ids["1"], ids["78"]))
    assert answer.status_code == 201, answer.text
    done = answer.json()
    assert answer.headers["location"] == f"/v1/decisions/{done['decision']['decision_id']}"
    assert sorted(done["before"]) == sorted([ids["1"], ids["78"]])
    assert [one["golden_id"] for one in done["after"]] == [golden(peopled, ids["78"])] == [ids["1"]]
    assert done["after"][0]["etag"] == tags(peopled, ids["77"])
    assert done["decision"]["state"] == "in force"
    assert done["decision"]["author"].startswith("api:")
    assert {one["record_no"] for one in done["decision"]["groups"][0]} == {"77", "78"}
    moved = peopled.get("steward", f"/v1/customers/{ids['78']}", follow_redirects=False)
    assert moved.status_code == 308
    # and back, with the ETag that the answer gave
    back = peopled.client("head_office").delete(
        answer.headers["location"], params={"reason": "misheard"}, headers={"If-Match": done["after"][0]["etag"]}
    )
    assert back.status_code == 200, back.text
    assert sorted(one["golden_id"] for one in back.json()["after"]) == sorted(done["before"])
    kept = peopled.get("steward", answer.headers["location"]).json()
    assert (kept["state"], kept["retraction_reason"], kept["reason"]) == ("retracted", "misheard", "asked her")
    again = peopled.client("steward").delete(answer.headers["location"], headers={"If-Match": "*"})
    assert problem(again) == (409, "conflict")


def test_what_was_looked_at_must_be_said_and_must_still_be_so(peopled: Served, ids: dict[str, str]) -> None:
    body, seen = same(ids["77"], ids["78"]), tags(peopled, ids["1"], ids["78"])
    assert problem(decide(peopled, body, None)) == (428, "precondition_required")
    assert problem(decide(peopled, body, tags(peopled, ids["1"]))) == (412, "stale")
    assert decide(peopled, same(ids["2"], ids["78"]), tags(peopled, ids["2"], ids["78"])).status_code == 201
    assert problem(decide(peopled, body, seen)) == (412, "stale")
    assert golden(peopled, ids["77"]) != golden(peopled, ids["78"])
    location = "/v1/decisions/" + str(peopled.get("steward", "/v1/decisions").json()["items"][0]["decision_id"])
    assert problem(peopled.client("steward").delete(location)) == (428, "precondition_required")
    assert problem(peopled.client("steward").delete(location, headers={"If-Match": seen})) == (412, "stale")


def test_of_two_stewards_at_once_one_is_told_to_look_again(peopled: Served, ids: dict[str, str]) -> None:
    seen = tags(peopled, ids["2"], ids["78"])
    answers: list[int] = []

    def attempt(verdict: str, role: str) -> None:
        body = {"verdict": verdict, "records": [ids["2"], ids["78"]]}
        answers.append(decide(peopled, body, seen, role).status_code)

    work = [threading.Thread(target=attempt, args=one) for one in (("same", "steward"), ("same", "head_office"))]
    for one in work:
        one.start()
    for one in work:
        one.join()
    assert sorted(answers) == [201, 412]


def test_what_contradicts_is_refused_and_names_what_stands(peopled: Served, ids: dict[str, str]) -> None:
    first = decide(peopled, {"verdict": "different", "records": [ids["1"], ids["77"]]})
    assert len(first.json()["after"]) == 2
    number = first.json()["decision"]["decision_id"]
    refused = decide(peopled, same(ids["1"], ids["77"]))
    assert problem(refused) == (409, "conflict")
    assert str(number) in refused.json()["detail"]
    done = decide(peopled, {**same(ids["1"], ids["77"]), "replaces": [number]}).json()
    assert (len(done["after"]), done["retracted"]) == (1, [number])


REFUSED = {
    "a company and a person": ({"verdict": "same", "records": ["1", "3"]}, 422),
    "one record": ({"verdict": "same", "records": ["1"]}, 422),
    "twice the same": ({"verdict": "same", "records": ["1", "1"]}, 422),
    "a split without groups": ({"verdict": "split", "records": ["1", "2"]}, 422),
    "groups without a split": ({"verdict": "same", "groups": [["1"], ["2"]]}, 422),
    "an unknown verdict": ({"verdict": "perhaps", "records": ["1", "2"]}, 422),
    "an unknown field": ({"verdict": "same", "records": ["1", "2"], "dealer": "D001"}, 422),
    "an unknown record": ({"verdict": "same", "records": ["1", NOBODY]}, 404),
    "an unknown decision to replace": ({"verdict": "same", "records": ["1", "2"], "replaces": [10**6]}, 404),
}


@pytest.mark.parametrize(("body", "status"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(peopled: Served, ids: dict[str, str], body: dict[str, Any], status: int) -> None:
    known = {
        key: [ids.get(one, one) if isinstance(one, str) else [ids[x] for x in one] if isinstance(one, list) else one
              for one in value] if isinstance(value, list) else value
        for key, value in body.items()
    }  # fmt: skip
    answer = decide(peopled, known)
    assert answer.status_code == status, answer.text
    assert peopled.get("steward", "/v1/decisions").json()["items"] == []


def test_pages_and_filters(peopled: Served, ids: dict[str, str]) -> None:
    for record in ("2", "78"):
        assert decide(peopled, {"verdict": "different", "records": [ids["1"], ids[record]]}).status_code == 201
    assert decide(peopled, {"verdict": "unsure", "records": [ids["2"], ids["78"]]}).status_code == 201
    first = peopled.get("steward", "/v1/decisions?limit=2").json()
    assert [one["verdict"] for one in first["items"]] == ["unsure", "different"]
    rest = peopled.get("steward", "/v1/decisions", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["verdict"] for one in rest["items"]] == ["different"]
    assert rest["next_cursor"] is None
    for query, count in {
        "verdict=different": 2, "state=retracted": 0, "state=standing": 3, "author=nobody": 0,
        f"customer={ids['77']}": 2, f"customer={ids['3']}": 0,
    }.items():  # fmt: skip
        assert len(peopled.get("steward", f"/v1/decisions?{query}").json()["items"]) == count, query
    stolen = peopled.get("steward", "/v1/decisions", params={"cursor": first["next_cursor"], "verdict": "same"})
    assert stolen.status_code == 400


def test_a_dealer_learns_nothing(peopled: Served, ids: dict[str, str]) -> None:
    before = peopled.get("D002", f"/v1/customers/{ids['77']}")
    decide(peopled, {"verdict": "different", "records": [ids["1"], ids["77"]]})
    after = peopled.get("D002", f"/v1/customers/{ids['77']}")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    for role in ("D001", "D002", "auditor", "routing"):
        assert peopled.get(role, "/v1/decisions").status_code == 403
        assert decide(peopled, same(ids["1"], ids["77"]), role=role).status_code == 403
    told = peopled.get("D002", f"/v1/explain/customer/{ids['77']}").json()
    assert told["component"] == 1


def test_an_explanation_tells_of_the_steward(peopled: Served, ids: dict[str, str]) -> None:
    decide(peopled, same(ids["2"], ids["78"]))
    told = peopled.get("steward", f"/v1/explain/customer/{ids['2']}").json()
    assert [step["kind"] for step in told["steps"]] == ["steward"]
    assert told["current"]
    pair = peopled.get("steward", "/v1/explain/pair", params={"a": ids["2"], "b": ids["78"]}).json()
    assert pair["verdict"] == "They are one customer: a steward said so."
    decide(peopled, {"verdict": "different", "records": [ids["1"], ids["77"]]})
    told = peopled.get("steward", f"/v1/explain/customer/{ids['1']}").json()
    assert [one["why"] for one in told["apart"]] == ["steward"]
    pair = peopled.get("steward", "/v1/explain/pair", params={"a": ids["1"], "b": ids["77"]}).json()
    assert pair["verdict"] == "They are two customers: a steward said so."
