"""The hottest request goes past the framework, and yet nobody can tell."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.matcher import RECORDS
from api.schemas.match import Match
from hub.matching.model import dump, start_model
from hub.store.embedded import EmbeddedServer
from tests.api.serving import NORTH, Served, client, make_key, process
from tests.flows.routing_world import name, phone

URL = "/v1/customers/match"
IVANOVA = {"full_name": "Юлия Иванова", "phones": "8 916 123-45-67", "birth_date": "1984-05-17"}
BATCH: dict[str, Any] = {"persons": [IVANOVA], "limit": 10}


def counted(served: Served, status: int) -> float:
    line = f'dealerhub_http_requests_total{{method="POST",route="{URL}",status="{status}"}} '
    text = served.get("head_office", "/metrics").text
    return sum(float(found.removeprefix(line)) for found in text.splitlines() if found.startswith(line))


def by_the_common_road(served: Served, role: str, body: Any) -> httpx.Response:
    """The same request, but for a header that no lane takes."""
    return served.post(role, URL, json=body, headers={"Content-Type": "application/json; charset=utf-8"})


@pytest.mark.parametrize("role", ["head_office", "steward", "routing", "auditor", "D001", "D002"])
@pytest.mark.parametrize("body", [IVANOVA, {**IVANOVA, "limit": 1}, {"company_name": "Вектор"}, {"city": "Нигде"}])
def test_both_roads_lead_to_one_answer(shared: Served, role: str, body: dict[str, Any]) -> None:
    lane, road = shared.post(role, URL, json=body), by_the_common_road(shared, role, body)
    assert lane.status_code == road.status_code == 200
    assert lane.json() == road.json()
    Match.model_validate(lane.json(), strict=False)
    dated = {"date"}
    assert {k: v for k, v in lane.headers.items() if k not in dated} == {
        k: v for k, v in road.headers.items() if k not in dated
    }


def test_the_lane_is_taken_and_counted(shared: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counted(shared, 200)
    taken = []
    answer = shared.app.way.matcher.ask

    async def watched(*arguments: Any) -> Any:
        taken.append(await answer(*arguments))
        return taken[-1]

    monkeypatch.setattr(shared.app.way.matcher, "ask", watched)
    assert shared.post("D001", URL, json=IVANOVA).json()["candidates"]
    assert len(taken) == 1
    assert taken[0] is not None
    assert counted(shared, 200) == before + 1


@pytest.mark.parametrize(
    ("role", "options", "status"),
    [
        ("", {"json": IVANOVA}, 401),
        ("head_office", {"json": {**IVANOVA, "dealer": "D002"}}, 422),
        ("head_office", {"json": {**IVANOVA, "limit": 51}}, 422),
        ("head_office", {"json": {}}, 422),
        ("head_office", {"json": IVANOVA, "params": {"limit": "5"}}, 422),
        ("head_office", {"content": b"{", "headers": {"Content-Type": "application/json"}}, 422),
        ("head_office", {"content": b'{"full_name": "\xff"}', "headers": {"Content-Type": "application/json"}}, 422),
        ("head_office", {"json": {"full_name": "я" * 1_000_001}}, 413),
        ("", {"json": IVANOVA, "headers": {"Authorization": "Bearer dh_nobody_nothing"}}, 401),
        ("", {"json": IVANOVA, "headers": {"Authorization": "Bearer x"}}, 401),
    ],
)
def test_what_is_refused_is_refused_as_ever(shared: Served, role: str, options: dict[str, Any], status: int) -> None:
    answer = shared.post(role, URL, **options)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_revoked_key_is_refused_by_the_next_request(peopled: Served) -> None:
    with client(peopled.url, **{"X-API-Key": make_key(peopled.db, "going", "D001")}) as going:
        assert going.post(URL, json=IVANOVA).status_code == 200
        with peopled.db.worker() as conn:
            conn.execute(sa.text("UPDATE api_key SET revoked_at = now() WHERE key_id = 'going'"))
        assert going.post(URL, json=IVANOVA).status_code == 401


def test_a_key_that_changes_hands_shows_the_new_slice_at_once(peopled: Served) -> None:
    with client(peopled.url, **{"X-API-Key": make_key(peopled.db, "moving", "D001")}) as moving:
        north = moving.post(URL, json=IVANOVA).json()
        with peopled.db.worker() as conn:
            conn.execute(sa.text("UPDATE api_key SET dealer = 'D002' WHERE key_id = 'moving'"))
        south = moving.post(URL, json=IVANOVA).json()
    assert north == peopled.post("D001", URL, json=IVANOVA).json()
    assert south == peopled.post("D002", URL, json=IVANOVA).json()
    assert north != south


def test_another_model_counts_from_the_next_request(peopled: Served) -> None:
    before = peopled.post("head_office", URL, json=IVANOVA).json()
    with peopled.db.worker() as conn:
        body = (
            dump(start_model()).replace("version: start-5", "version: other-1").replace("prior: -19.0", "prior: -18.0")
        )
        insert = "INSERT INTO model (version, body, active, installed_at) VALUES ('other-1', :body, true, now())"
        conn.execute(sa.text(insert), {"body": body})
    after = peopled.post("head_office", URL, json=IVANOVA).json()
    gain = after["candidates"][0]["log2_odds"] - before["candidates"][0]["log2_odds"]
    assert gain == pytest.approx(1.0, abs=0.01)
    assert after == by_the_common_road(peopled, "head_office", IVANOVA).json()


def test_common_contact_values_count_from_the_next_request(peopled: Served) -> None:
    before = peopled.post("head_office", URL, json=IVANOVA).json()
    with peopled.db.worker() as conn:
        conn.execute(sa.text("INSERT INTO shared_value VALUES ('phones', '79161234567', '', 'placeholder')"))
    after = peopled.post("head_office", URL, json=IVANOVA).json()
    assert after["candidates"][0]["log2_odds"] < before["candidates"][0]["log2_odds"]
    assert after == by_the_common_road(peopled, "head_office", IVANOVA).json()


def test_who_came_a_moment_ago_is_found(peopled: Served) -> None:
    asked = {"full_name": "Новикова Дарья", "phones": "+7 926 555-44-33"}
    assert peopled.post("D001", URL, json=asked).json() == {"candidates": []}
    row = f"{NORTH}9,Новикова Дарья,8 926 555 44 33,,,,2026-11-20\n"
    assert peopled.post("D001", "/v1/uploads?feed=customers", content=row.encode()).status_code == 202
    process(peopled)
    for role in ("D001", "head_office"):
        (found,) = peopled.post(role, URL, json=asked).json()["candidates"]
        assert found["decision"] == "match"
    assert peopled.post("D002", URL, json=asked).json() == {"candidates": []}


def test_many_at_once_are_answered_each_for_itself(shared: Served) -> None:
    def ask(number: int) -> bool:
        role = ("head_office", "D001", "D002")[number % 3]
        body = {**IVANOVA, "limit": 1 + number % 4} if number % 2 else {"full_name": "Сидоров Олег Львович"}
        found = shared.post(role, URL, json=body)
        return found.status_code == 200 and found.json() == by_the_common_road(shared, role, body).json()

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(120)))


def test_a_lost_connection_is_made_again(peopled: Served, server: EmbeddedServer) -> None:
    before = peopled.post("head_office", URL, json=IVANOVA).json()
    with peopled.db.worker() as conn:
        database = conn.execute(sa.text("SELECT current_database()")).scalar_one()
    kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    with server.connect() as connection:
        assert connection.execute(kill, [database]).rowcount > 0
    assert [peopled.post("head_office", URL, json=IVANOVA).json() for _ in range(3)] == [before] * 3


LEADS = "/v1/leads"


def lead(number: int, **columns: Any) -> dict[str, Any]:
    return {"full_name": name(number), "phones": phone(number), "brand": "Lada", "model": "Vesta", **columns}


def sent(served: Served, body: Any, role: str = "routing", **headers: str) -> httpx.Response:
    return served.post(role, LEADS, json=body, headers=headers)


def test_a_lead_takes_the_lane_and_is_answered_as_on_the_common_road(
    idle: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    desk_send = idle.app.way.desk.send

    async def watched(*arguments: Any) -> Any:
        taken.append(await desk_send(*arguments))
        return taken[-1]

    monkeypatch.setattr(idle.app.way.desk, "send", watched)
    lane = sent(idle, lead(1), **{"Idempotency-Key": "one"})
    assert len(taken) == 1
    assert taken[0] is not None
    road = idle.app.way
    monkeypatch.setattr(idle.app, "way", road.app)  # past the lane
    again = sent(idle, lead(1), **{"Idempotency-Key": "one"})
    monkeypatch.setattr(idle.app, "way", road)
    assert len(taken) == 1
    assert (lane.status_code, again.status_code) == (201, 201)
    assert lane.json() == again.json()
    dated = {"date"}
    assert {k: v for k, v in lane.headers.items() if k not in dated} == {
        k: v for k, v in again.headers.items() if k not in dated
    }
    meant = sent(idle, lead(1, model="Granta"))
    assert (meant.status_code, meant.json()["repeated"]) == (200, True)


def test_what_is_refused_of_leads_is_refused_as_ever(idle: Served) -> None:
    assert sent(idle, lead(1), "D001").status_code == 403
    assert sent(idle, lead(1), "").status_code == 401
    assert sent(idle, {"brand": "Lada"}).json()["code"] == "invalid"
    assert sent(idle, lead(1), **{"Idempotency-Key": "one"}).status_code == 201
    assert sent(idle, lead(2), **{"Idempotency-Key": "one"}).json()["code"] == "idempotency_key_reused"
    assert sent(idle, lead(2), **{"Idempotency-Key": "k" * 201}).status_code == 422


def test_leads_at_once_have_a_row_of_the_audit_log_each(idle: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: sent(idle, lead(number // 2)), range(24)))
    assert sorted(answer.status_code for answer in answers) == [200] * 12 + [201] * 12
    assert len({answer.json()["lead_id"] for answer in answers}) == 12
    with idle.db.worker() as conn:
        rows = conn.execute(
            sa.text("SELECT role, dealer, count(*) FROM audit WHERE action = 'create_lead' GROUP BY 1, 2")
        )
        assert rows.all() == [("routing", "", 24)]
        live = sa.text("SELECT count(*), count(DISTINCT lead_id) FROM offer WHERE live")
        assert conn.execute(live).one() == (12, 12)


def test_who_meets_many_is_answered_alike_and_few_at_a_time(peopled: Served) -> None:
    many = "".join(
        f"m{n},Петров{'абвгдежзик'[n % 10] * (n // 10)} Иван,,h{n % 4}@many.ru,,,2026-11-20\n" for n in range(300)
    )
    assert peopled.post("D001", "/v1/uploads?feed=customers", content=(NORTH + many).encode()).status_code == 202
    process(peopled)
    crowd = {"emails": "; ".join(f"h{n}@many.ru" for n in range(4)), "limit": 50}
    expected = by_the_common_road(peopled, "head_office", crowd).json()
    assert len(expected["candidates"]) == 50
    with ThreadPoolExecutor(12) as pool:
        crowds = [pool.submit(peopled.post, "head_office", URL, json=crowd) for _ in range(11)]
        other = pool.submit(peopled.post, "steward", URL, json=IVANOVA)
        assert all(each.result().json() == expected for each in crowds)
        assert other.result().json() == by_the_common_road(peopled, "steward", IVANOVA).json()
    (fewer,) = peopled.app.way.matcher._most.values()
    assert fewer == RECORDS // 300
    for _ in range(6):  # and who meets few again, is answered many at a time again
        peopled.post("head_office", URL, json=IVANOVA)
    assert not peopled.app.way.matcher._most
