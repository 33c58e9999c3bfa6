"""Who comes too often is told when to come again; nobody suffers for another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import httpx
import pytest

from hub.settings import Settings
from hub.store.engine import Database
from tests.api.serving import Served, serve

MATCH = {"json": {"full_name": "Иванова Юлия"}}


@contextmanager
def limited(settings: Settings, db: Database, **rates: int) -> Iterator[Served]:
    with serve(replace(settings, process_uploads=False, **rates), db, limited=True) as served:
        yield served


def at_once(number: int, ask: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """So many requests, faster than any bucket of these tests fills."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda _: ask(), range(number)))


def problem(answer: httpx.Response) -> tuple[int, str, bool]:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, body["code"], int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_has_its_own_rate(settings: Settings, db: Database, header: str) -> None:
    with limited(settings, db, rate_each=1) as hub:
        key = hub.client("D001").headers["Authorization"].removeprefix("Bearer ")
        headers = {header: f"Bearer {key}" if header == "Authorization" else key}
        answers = at_once(60, lambda: hub.get("", "/v1/dealers", headers=headers))
        statuses = [answer.status_code for answer in answers]
        assert statuses.count(200) >= 10
        assert 429 in statuses
        assert problem(next(one for one in answers if one.status_code == 429)) == (429, "too_many_requests", True)
        assert hub.get("D002", "/v1/dealers").status_code == 200
        assert hub.post("D001", "/v1/customers/match", **MATCH).status_code == 200  # machines' work is counted apart


@pytest.mark.parametrize("kind", ["key", "other scheme", "session"])
def test_what_is_sent_along_makes_nobody_another(settings: Settings, db: Database, kind: str) -> None:
    with limited(settings, db, rate_each=1) as hub:
        key = hub.client("D001").headers["Authorization"].removeprefix("Bearer ")
        number = count()

        def ask() -> httpx.Response:
            junk = f"junk{next(number)}"
            path, headers = {
                "key": ("/v1/dealers", {"Authorization": f"Bearer {key}", "X-API-Key": junk}),
                "other scheme": ("/v1/dealers", {"Authorization": f"Basic {junk}", "X-API-Key": key}),
                "session": ("/", {"Cookie": f"__Host-session={junk}; __Host-session=mine", "X-API-Key": junk}),
            }[kind]
            return hub.get("", path, headers=headers)

        assert 429 in [answer.status_code for answer in at_once(60, ask)]


def test_the_fast_lane_is_limited_too(settings: Settings, db: Database) -> None:
    with limited(settings, db, rate_fast=1) as hub:
        answers = at_once(60, lambda: hub.post("routing", "/v1/customers/match", **MATCH))
        assert problem(next(one for one in answers if one.status_code == 429)) == (429, "too_many_requests", True)
        assert hub.get("D001", "/v1/dealers").status_code == 200


def test_guessing_keys_ends(settings: Settings, db: Database) -> None:
    with limited(settings, db, rate_refused=5) as hub:
        guesses = [hub.get("", "/v1/dealers", headers={"X-API-Key": f"dh_key4_{n}"}) for n in range(8)]
        assert [answer.status_code for answer in guesses[:5]] == [401] * 5
        assert problem(guesses[-1]) == (429, "too_many_requests", True)
        assert hub.get("", "/healthz").status_code == 200


def test_who_shares_an_address_with_a_guesser_goes_on_working(settings: Settings, db: Database) -> None:
    with limited(settings, db, rate_refused=5) as hub:
        assert hub.get("D001", "/v1/dealers").status_code == 200
        guesses = [httpx.get(f"{hub.url}/v1/dealers", headers={"X-API-Key": f"dh_key4_{n}"}) for n in range(8)]
        assert guesses[-1].status_code == 429
        assert hub.get("D001", "/v1/dealers").status_code == 200
        assert hub.get("D002", "/v1/dealers").status_code == 429  # whose key is not known to be good yet
        assert httpx.get(f"{hub.url}/v1/dealers", headers={"X-API-Key": "dh_key4_1"}).status_code == 429


def test_guesses_at_a_key_cost_its_holder_nothing(settings: Settings, db: Database) -> None:
    with limited(settings, db, rate_refused=0, rate_each=1) as hub:
        for number in range(30):
            hub.get("", "/v1/dealers", headers={"X-API-Key": f"dh_key4_{number}"})
        assert hub.get("D001", "/v1/dealers").status_code == 200


def test_tries_to_sign_in_are_few(settings: Settings, db: Database) -> None:
    with limited(settings, db, rate_sign_in=3) as hub:
        form = {"login": "olga", "password": "no such password"}
        answers = [hub.post("", "/sign-in", data=form) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
        assert int(answers[-1].headers["retry-after"]) > 0
        assert "Too many tries" in answers[-1].text
