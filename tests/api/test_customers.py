"""Customers over HTTP: golden records with their sources, redirects, the dealer's own view, search and match."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from hub.flows.read_customer import members_of, read_customer, summaries
from tests.api.serving import SOUTH, Served, process

IVANOVA = {"full_name": "Иванова Юлия Петровна", "phones": "8 916 123-45-67", "birth_date": "1984-05-17"}


def identities(served: Served) -> dict[str, str]:
    """Each customer's identity from birth, by its number."""
    with served.db.worker() as conn:
        rows = conn.execute(sa.text("SELECT record_no, CAST(id AS text) FROM party WHERE feed = 'customers'"))
        return {row.record_no: row.id for row in rows}


def found(served: Served, role: str, q: str) -> list[str]:
    """The names of the customers that a search finds."""
    answer = served.get(role, "/v1/customers", params={"q": q})
    assert answer.status_code == 200, answer.text
    return [item["full_name"] for item in answer.json()["items"]]


def test_a_golden_record_names_source_reason_and_losers(shared: Served) -> None:
    ids = identities(shared)
    golden = shared.get("head_office", f"/v1/customers/{ids['1']}").json()
    assert golden["golden_id"] == ids["1"]
    assert [(member["dealer"], member["feed"], member["record_no"]) for member in golden["members"]] == [
        ("D001", "customers", "1"),
        ("D002", "customers", "77"),
    ]
    first, city = golden["fields"]["birth_date"], golden["fields"]["city"]
    assert (first["value"], first["reason"], first["losing"]) == ("1984-05-17", "the only value", [])
    assert (city["value"], city["source"]["dealer"]) == ("Сочи", "D002")  # the more recent
    assert [(lost["value"], lost["source"]["dealer"]) for lost in city["losing"]] == [("Москва", "D001")]
    assert city["weight"] > city["losing"][0]["weight"]
    assert "outweighs" in city["reason"]
    assert {phone["value"]: len(phone["sources"]) for phone in golden["phones"]} == {"79161234567": 2, "79990001122": 1}
    assert [(car["vin"], car["plate"], car["role"]) for car in golden["vehicles"]] == [
        ("XTA21124070445066", "A123BC77", "owner")
    ]


def test_a_merged_id_redirects_and_a_missing_one_is_404(shared: Served) -> None:
    ids = identities(shared)
    merged = shared.get("head_office", f"/v1/customers/{ids['77']}")
    assert (merged.status_code, merged.headers["location"]) == (308, f"/v1/customers/{ids['1']}")
    assert merged.headers["cache-control"] == "no-store"  # an unmerge brings the id back
    assert shared.get("head_office", merged.headers["location"]).status_code == 200


def test_an_id_whose_record_is_gone_is_410(peopled: Served) -> None:
    ids = identities(peopled)
    with peopled.db.worker() as conn:
        conn.execute(sa.text("INSERT INTO customers_history SELECT * FROM customers WHERE record_no = '2'"))
        for table in ("party", "customers"):
            conn.execute(sa.text(f"DELETE FROM {table} WHERE record_no = '2'"))
    assert peopled.get("head_office", f"/v1/customers/{ids['2']}").status_code == 410
    assert peopled.get("D001", f"/v1/customers/{ids['2']}").status_code == 410
    assert peopled.get("D002", f"/v1/customers/{ids['2']}").status_code == 404


def test_a_dealers_view_is_made_of_its_own_records(shared: Served) -> None:
    ids = identities(shared)
    south = shared.get("D002", f"/v1/customers/{ids['77']}")
    assert south.status_code == 200  # no redirect: that would tell of the other dealer's record
    golden = south.json()
    assert golden["golden_id"] == ids["77"]
    assert [member["dealer"] for member in golden["members"]] == ["D002"]
    assert all(not value["losing"] for value in golden["fields"].values())
    north = shared.get("D001", f"/v1/customers/{ids['1']}").json()
    assert north["fields"]["city"]["value"] == "Москва"
    assert ([phone["value"] for phone in north["phones"]], north["vehicles"]) == (["79161234567"], [])
    assert "D002" not in str(north)


def test_a_rivals_upload_changes_nothing_that_a_dealer_sees(peopled: Served) -> None:
    ids = identities(peopled)
    paths = [f"/v1/customers/{ids['1']}", "/v1/customers?q=1", "/v1/uploads", "/v1/dealers"]
    before = [(answer.text, answer.headers.get("etag")) for path in paths for answer in [peopled.get("D001", path)]]
    more = (
        SOUTH.replace("Сочи", "Анапа").replace("2026-11-01", "2026-11-15")
        + "79,Иванова Юлия,89161234567,,1984-05-17,Ейск,\n"
    )
    assert peopled.post("D002", "/v1/uploads?feed=customers", content=more.encode()).status_code == 202
    process(peopled)
    after = [(answer.text, answer.headers.get("etag")) for path in paths for answer in [peopled.get("D001", path)]]
    assert after == before


def test_foreign_and_missing_customers_are_the_same(shared: Served) -> None:
    ids = identities(shared)
    nobody = "00000000-0000-0000-0000-000000000000"
    foreign, missing = (shared.get("D001", f"/v1/customers/{i}") for i in (ids["78"], nobody))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.text.replace(ids["78"], nobody) == missing.text
    assert shared.get("head_office", f"/v1/customers/{ids['78']}").status_code == 200


SEARCHES = [
    "Иванова Юлия",
    "юлия иванова",
    "Yulia Ivanova",
    "Иванова",
    "8 (916) 123-45-67",
    "+79161234567",
    "y.ivanova@mail.ru",
    "Y.Ivanova@Mail.RU",
    "XTA21124070445066",
    "А123ВС77",
    "77",
    "иванова 79161234567",
]


@pytest.mark.parametrize("q", SEARCHES)
def test_search_finds_her_by_anything(shared: Served, q: str) -> None:
    names = found(shared, "head_office", q)
    assert len(names) == 1, names
    assert "ванова" in names[0] or "vanova" in names[0]


def test_search_by_any_id(shared: Served) -> None:
    ids = identities(shared)
    for number in ("1", "77"):
        items = shared.get("head_office", "/v1/customers", params={"q": ids[number]}).json()["items"]
        assert [(item["golden_id"], item["records"]) for item in items] == [(ids["1"], 2)]
    assert found(shared, "D001", ids["77"]) == []


def test_search_finds_companies_and_nobody(shared: Served) -> None:
    assert len(found(shared, "head_office", "Вектор")) == 1
    assert found(shared, "head_office", "Иванова Олег") == []
    assert found(shared, "head_office", "Никого Такого Нет") == []


@pytest.mark.parametrize("q", ["Сидоров", "+79112221122", "78", "XTA21124070445066", "79990001122"])
def test_a_dealer_finds_its_own_records_only(shared: Served, q: str) -> None:
    assert len(found(shared, "D002", q)) == 1
    assert found(shared, "D001", q) == []


def test_match_names_the_customer_with_reasons(shared: Served) -> None:
    ids = identities(shared)
    answer = shared.post("head_office", "/v1/customers/match", json=IVANOVA)
    assert answer.status_code == 200, answer.text
    best = answer.json()["candidates"][0]
    assert (best["golden_id"], best["decision"]) == (ids["1"], "match")
    assert best["probability"] > 0.99
    assert sum(reason["weight"] for reason in best["reasons"]) == pytest.approx(best["log2_odds"], abs=0.05)
    assert all(reason["detail"] for reason in best["reasons"])


@pytest.mark.parametrize(
    "body",
    [
        {**IVANOVA, "phones": ["8 916 123-45-67", "+7 999 000-11-22"]},
        {"full_name": "Yulia Ivanova", "emails": "y.ivanova@mail.ru", "birth_date": "17.05.1984"},
        {**IVANOVA, "opted_out": True, "gender": "female", "kind": "person", "limit": 1},
    ],
)
def test_match_takes_columns_as_dealers_write_them(shared: Served, body: dict[str, Any]) -> None:
    candidates = shared.post("head_office", "/v1/customers/match", json=body).json()["candidates"]
    assert candidates[0]["golden_id"] == identities(shared)["1"]


def test_a_dealer_matches_its_own_records_only(shared: Served) -> None:
    ids = identities(shared)
    for role, own in (("D001", ids["1"]), ("D002", ids["77"])):
        candidates = shared.post(role, "/v1/customers/match", json=IVANOVA).json()["candidates"]
        assert [candidate["golden_id"] for candidate in candidates] == [own]
    sidorov = {"full_name": "Сидоров Олег Львович", "birth_date": "1990-01-01"}
    assert shared.post("D001", "/v1/customers/match", json=sidorov).json() == {"candidates": []}
    assert shared.post("D002", "/v1/customers/match", json=sidorov).json()["candidates"]


def test_search_comes_in_pages(peopled: Served) -> None:
    more = "record_no,full_name\n" + "".join(f"{100 + n},Кузнецов Пётр {n}\n" for n in range(7))
    peopled.post("D001", "/v1/uploads?feed=customers&name=customers_delta.csv", content=more.encode())
    process(peopled)
    seen: list[str] = []
    query: dict[str, Any] = {"q": "Кузнецов", "limit": 3}
    while True:
        page = peopled.get("head_office", "/v1/customers", params=query).json()
        seen += [item["golden_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen)) > 3
    assert peopled.get("head_office", "/v1/customers", params={**query, "q": "Петров"}).status_code == 400


def test_what_waits_for_a_steward(peopled: Served) -> None:
    with peopled.db.worker() as conn:
        conn.execute(
            sa.text(
                "INSERT INTO review SELECT a.rid, b.rid, 1.5, 'score' FROM party a, party b "
                "WHERE a.record_no IN ('1', '2') AND b.record_no = '78' AND a.rid < b.rid"
            )
        )
    first = peopled.get("steward", "/v1/reviews?limit=1").json()
    second = peopled.get("steward", f"/v1/reviews?limit=1&cursor={first['next_cursor']}").json()
    items = first["items"] + second["items"]
    assert second["next_cursor"] is None
    assert [(item["probability"], item["reason"]) for item in items] == [(0.738796, "score")] * 2
    assert {item["records"][0]["record_no"] for item in items} == {"1", "2"}
    assert {item["records"][1]["full_name"] for item in items} == {"Сидоров Олег Львович"}


def test_a_customer_is_summed_up_as_in_a_list(peopled: Served) -> None:
    with peopled.db.worker() as conn:
        goldens = [int(golden) for golden in conn.execute(sa.text("SELECT golden FROM golden")).scalars()]
        listed = summaries(members_of(conn, goldens), None)
        assert len(listed) == 4
        for summary in listed.values():
            assert read_customer(conn, summary.golden_id, None).summary == summary
