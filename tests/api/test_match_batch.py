"""Many persons in one request: each is answered as if it stood alone."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.serving import Served

PERSONS: list[dict[str, Any]] = [
    {"full_name": "Юлия Иванова", "phones": "8 916 123-45-67", "birth_date": "1984-05-17"},
    {"full_name": "Иванова Юлия"},
    {"company_name": "ООО «Вектор»", "emails": ["office@vektor.ru"]},
    {"full_name": "Никого Такого Нет"},
    {"full_name": "Сидоров Олег Львович", "birth_date": "1990-01-01"},
    {"full_name": "Иванов Пётр", "phones": ["8 916 123-45-67"]},  # her phone, another given name: forbidden
]


@pytest.mark.parametrize("role", ["head_office", "D001", "routing"])
def test_each_is_answered_as_if_it_stood_alone(shared: Served, role: str) -> None:
    answer = shared.post(role, "/v1/customers/match/batch", json={"persons": PERSONS, "limit": 5})
    assert answer.status_code == 200, answer.text
    alone = [shared.post(role, "/v1/customers/match", json={**person, "limit": 5}).json() for person in PERSONS]
    assert answer.json()["results"] == alone
    assert [bool(one["candidates"]) for one in alone] == [True, True, True, False, role != "D001", False]


def test_a_thousand_cost_as_many_queries_as_one(shared: Served) -> None:
    said: list[str] = []

    def listen(*arguments: Any) -> None:
        said.append(arguments[2])

    def count(persons: list[dict[str, Any]]) -> int:
        said.clear()
        answer = shared.post("head_office", "/v1/customers/match/batch", json={"persons": persons, "limit": 1})
        assert len(answer.json()["results"]) == len(persons), answer.text
        return len(said)

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        assert count(PERSONS[:1]) == count((PERSONS * 170)[:1000])
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"persons": []}, "#/body/persons"),
        ({"persons": [{"full_name": "А"}] * 1001}, "#/body/persons"),
        ({"persons": [{"name": "А"}]}, "#/body/persons/0/name"),
        ({"persons": [{"full_name": "А", "limit": 2}]}, "#/body/persons/0/limit"),
        ({"persons": [{"full_name": "А"}], "limit": 51}, "#/body/limit"),
        ({"persons": [{"full_name": "А"}], "typo": 1}, "#/body/typo"),
    ],
)
def test_bodies_are_strict(shared: Served, body: dict[str, Any], pointer: str) -> None:
    answer = shared.post("head_office", "/v1/customers/match/batch", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_person_without_columns_is_refused(shared: Served) -> None:
    body = {"persons": [{"full_name": "Иванова"}, {"full_name": " "}]}
    assert shared.post("head_office", "/v1/customers/match/batch", json=body).status_code == 422
