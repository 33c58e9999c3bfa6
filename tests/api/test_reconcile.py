"""The Reconciliation Service API over HTTP, with the key in a header and in the path."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator

from tests.api import reconciliation_shapes as shapes
from tests.api.serving import Served, client, make_key

HEADERS = "/v1/reconcile"
IVANOVA = {
    "query": "Юлия Иванова",
    "type": "person",
    "properties": [{"pid": "birth_date", "v": "1984-05-17"}, {"pid": "phones", "v": ["8 916 123-45-67", 5]}],
}
QUERIES = {
    "q0": IVANOVA,
    "q1": {"query": "Вектор", "type": ["company"]},
    "q2": {"query": "Никого Такого Нет", "limit": 1},
}


def conforms(answer: httpx.Response, schema: dict[str, Any]) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    Draft202012Validator(schema).validate(answer.json())
    return answer.json()


def in_path(served: Served, role: str) -> str:
    """The service's address with the role's key in it."""
    token = served.client(role).headers["authorization"].removeprefix("Bearer ")
    return f"{HEADERS}/{token}"


@pytest.mark.parametrize("role", ["head_office", "steward", "auditor", "D001"])
def test_a_client_finds_its_way_from_the_manifest_alone(shared: Served, role: str) -> None:
    """As OpenRefine goes about it, which sends no headers."""
    with client(shared.url) as refine:
        offer = conforms(refine.get(in_path(shared, role)), shapes.MANIFEST)
        endpoint = offer["suggest"]["entity"]["service_url"]
        assert endpoint == f"{shared.url}{in_path(shared, role)}"
        found = conforms(refine.post(endpoint, data={"queries": json.dumps(QUERIES)}), shapes.RESULTS)
        assert list(found) == ["q0", "q1", "q2"]
        (best, *_), (company,), nobody = (found[name]["result"] for name in found)
        assert (best["match"], best["type"]) == (True, [{"id": "person", "name": "Person"}])
        assert best["score"] > 99
        assert company["name"] == "ООО «Вектор»" or "Вектор" in company["name"]
        assert nobody == []
        card = refine.get(offer["preview"]["url"].replace("{{id}}", best["id"]))
        assert best["name"] in card.text
        assert "frame-ancestors http://127.0.0.1:*" in card.headers["content-security-policy"]
        for kind, prefix in (("entity", "Иванова"), ("property", "Ph"), ("type", "per")):
            path = endpoint + offer["suggest"][kind]["service_path"]
            shape = shapes.ENTITIES if kind == "entity" else shapes.NAMES
            (first, *_) = conforms(refine.get(path, params={"prefix": prefix}), shape)["result"]
            assert first["id"] in (best["id"], "phones", "person")
        proposing = endpoint + offer["extend"]["propose_properties"]["service_path"]
        known = conforms(refine.get(proposing, params={"type": "person", "limit": 4}), shapes.PROPOSAL)
        assert len(known["properties"]) == 4
        extend = {
            "ids": [best["id"], "nonsense"],
            "properties": [{"id": "birth_date"}, {"id": "phones"}, {"id": "records"}],
        }
        table = conforms(refine.post(endpoint, data={"extend": json.dumps(extend)}), shapes.EXTENSION)
        assert [column["id"] for column in table["meta"]] == ["birth_date", "phones", "records"]
        assert table["rows"][best["id"]]["birth_date"] == [{"date": "1984-05-17T00:00:00Z"}]
        assert {"str": "79161234567"} in table["rows"][best["id"]]["phones"]
        assert table["rows"][best["id"]]["records"] == [{"int": 1 if role == "D001" else 2}]
        assert table["rows"]["nonsense"] == {"birth_date": [], "phones": [], "records": []}


def test_get_and_post_header_and_path_say_the_same(shared: Served) -> None:
    queries = {"queries": json.dumps(QUERIES)}
    answers = [
        shared.get("D001", HEADERS, params=queries),
        shared.post("D001", HEADERS, data=queries),
        shared.get("", in_path(shared, "D001"), params=queries),
        shared.post("", in_path(shared, "D001"), data=queries),
    ]
    assert len({json.dumps(conforms(answer, shapes.RESULTS)) for answer in answers}) == 1
    single = conforms(shared.get("D001", HEADERS, params={"query": json.dumps(IVANOVA)}), shapes.RESULT)
    assert single == answers[0].json()["q0"]
    assert conforms(shared.get("D001", HEADERS, params={"query": "Петров Иван Сергеевич"}), shapes.RESULT)["result"]


def test_scores_are_those_of_the_match(shared: Served) -> None:
    row = {"full_name": "Юлия Иванова", "birth_date": "1984-05-17", "phones": "8 916 123-45-67; 5", "kind": "person"}
    match = shared.post("head_office", "/v1/customers/match", json=row).json()["candidates"][0]
    found = shared.get("head_office", HEADERS, params={"query": json.dumps(IVANOVA)}).json()["result"][0]
    assert found["id"] == match["golden_id"]
    assert found["score"] == pytest.approx(100 * match["probability"], abs=1e-3)
    assert {one["id"]: one["value"] for one in found["features"]} == {
        one["field"]: one["weight"] for one in match["reasons"]
    }


@pytest.mark.parametrize(("kind", "found"), [("person", True), ("company", False), (["person", "company"], True)])
def test_types_choose(shared: Served, kind: Any, found: bool) -> None:
    query = {"query": "Иванова Юлия Петровна", "type": kind}
    assert bool(shared.get("head_office", HEADERS, params={"query": json.dumps(query)}).json()["result"]) is found


def test_a_dealer_meets_its_own_customers_only(shared: Served) -> None:
    rival = {"query": "Сидоров Олег Львович", "properties": [{"pid": "birth_date", "v": "1990-01-01"}]}
    own = shared.get("D002", HEADERS, params={"query": json.dumps(rival)}).json()["result"][0]["id"]
    assert shared.get("D001", HEADERS, params={"query": json.dumps(rival)}).json() == {"result": []}
    assert shared.get("D001", f"{HEADERS}/suggest/entity", params={"prefix": "Сидоров"}).json() == {"result": []}
    extend = json.dumps({"ids": [own], "properties": [{"id": "full_name"}]})
    assert shared.get("D001", HEADERS, params={"extend": extend}).json()["rows"] == {own: {"full_name": []}}
    assert shared.get("D001", f"{HEADERS}/preview", params={"id": own}).status_code == 404
    assert "Сидоров" in shared.get("D002", f"{HEADERS}/preview", params={"id": own}).text


@pytest.mark.parametrize(
    "path", ["", "/suggest/entity?prefix=a", "/suggest/type", "/properties", f"/preview?id={'0' * 32}"]
)
@pytest.mark.parametrize(("role", "status"), [("", 401), ("routing", 403)])
def test_nothing_without_a_reader_s_key(shared: Served, path: str, role: str, status: int) -> None:
    assert shared.get(role, HEADERS + path).status_code == status
    if role:
        refused = shared.get("", in_path(shared, role) + path)
        assert refused.status_code == status
        assert "dh_" not in refused.text  # a key that came in the path is not sent back
    assert shared.get("head_office", f"{HEADERS}/dh_nobody_nothing{path}").status_code == 401


def test_a_revoked_key_in_the_path_is_refused_at_once(peopled: Served) -> None:
    path = f"{HEADERS}/{make_key(peopled.db, 'refine', 'D001')}"
    assert peopled.get("", path).status_code == 200
    with peopled.db.worker() as conn:
        conn.execute(sa.text("UPDATE api_key SET revoked_at = now() WHERE key_id = 'refine'"))
    assert peopled.get("", path).status_code == 401


@pytest.mark.parametrize(
    "address", ["", "/suggest/entity", "/suggest/property", "/suggest/type", "/properties", "/preview"]
)
def test_a_browser_asks_first(shared: Served, address: str) -> None:
    answer = shared.client("").options(HEADERS + address, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 204
    assert "Authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"queries": "{"}, "json_invalid"),
        ({"queries": '{"q": {"query": "a", "typo": 1}}'}, "q/typo"),
        ({"queries": '{"q": {}}'}, "needs a text"),
        ({"queries": '{"q": {"query": "a", "type": "dog"}}'}, "person, company"),
        ({"queries": '{"q": {"query": "a", "properties": [{"pid": "name", "v": "b"}]}}'}, "full_name"),
        ({"queries": json.dumps({f"q{n}": {"query": "a"} for n in range(101)})}, "100"),
        ({"extend": '{"ids": ["a"], "properties": [{"id": "secret"}]}'}, "full_name"),
        ({"extend": '{"ids": "a"}'}, "ids"),
        ({"typo": "1"}, ""),
    ],
)
def test_what_is_malformed_is_told(shared: Served, parameters: dict[str, str], said: str) -> None:
    answer = shared.get("head_office", HEADERS, params=parameters)
    assert answer.status_code == 422
    assert answer.headers["access-control-allow-origin"] == "*"  # also to a page of another origin
    assert said in answer.json()["detail"]


def test_a_card_quotes_nothing_as_markup(peopled: Served) -> None:
    with peopled.db.worker() as conn:
        conn.execute(sa.text("UPDATE party SET shown_last = '<script>' WHERE shown_last = 'Петров'"))
    found = peopled.get("D001", f"{HEADERS}/suggest/entity", params={"prefix": "Петров"}).json()["result"][0]
    card = peopled.get("D001", f"{HEADERS}/preview", params={"id": found["id"]}).text
    assert "<script>" not in card
    assert "&lt;script&gt;" in card.lower()
