"""Every route of the API as everybody, with objects of one dealer, of its rival, and of nobody.

Generated from the OpenAPI document and the table in `rights_world`: a route that is not in it fails, and so does one that tells a
dealer anything about what is not its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

from api.app import ROUTERS
from api.auditing import IMPERSONAL
from api.auth import Access
from hub.settings import Settings
from hub.store.embedded import EmbeddedServer
from tests.api.rights_world import CALLS, DEALERS, NOWHERE, World, built, filled, kinds_in
from tests.api.serving import ROLES, serve
from tests.conftest import created, database

OPERATION = {"/healthz", "/readyz", "/metrics"}
DONE = {200, 201, 202, 204, 308}
MAY_NOT_RESERVE = {(role, "POST /v1/contacts/permission") for role in ("steward", "auditor")}  # they may ask
NOTHING_TO_DO = {"POST /v1/leads/reassign"}  # the dealer holds no open lead that another could have
FINE = DONE | {404, 409}  # what somebody else of the same test has done before cannot be done again
# what says whose something is, or is somebody's: strings that no answer to the other dealer may hold
CANARIES = {
    "D001": ["D001", "Север", "Петров Иван", "9037654321", "903 765", "Вектор", "Тула"],
    "D002": ["D002", "Юг", "Сидоров", "9112221122", "911 222", "XTA21124070445066", "A123BC77", "9990001122"],
}


@contextmanager
def made(server: EmbeddedServer, template: str, home: Path) -> Iterator[World]:
    """A hub with two dealers who have one of everything."""
    with (
        created(server, template) as name,
        database(server, name) as db,
        serve(Settings(home=home, database_url=db.url_owner, process_uploads=False), db) as served,
    ):
        yield built(served)


@pytest.fixture(scope="module")
def world(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests that change nothing which others look at."""
    with made(server, template, tmp_path_factory.mktemp("rights")) as built_once:
        yield built_once


@pytest.fixture
def own_world(server: EmbeddedServer, template: str, tmp_path: Path) -> Iterator[World]:
    """A test's own."""
    with made(server, template, tmp_path) as world:
        yield world


def described(world: World) -> set[str]:
    """The routes of the OpenAPI document, spelled as in ``CALLS``."""
    document = world.hub.get("", "/v1/openapi.json").json()
    return {
        f"{method.upper()} {path}".replace("{", "<").replace("}", ">")
        for path, item in document["paths"].items()
        if path not in OPERATION
        for method in item
    }


def roles_of(world: World) -> dict[str, set[str]]:
    """The callers of ``ROLES`` that each route serves, as its dependency says."""
    served: dict[str, set[str]] = {}
    for route in routes_in(ROUTERS):
        access = next((one.call for one in route.dependant.dependencies if isinstance(one.call, Access)), None)
        if access is None or "{token}" in route.path or route.path in OPERATION:
            continue
        callers = {one for one in ROLES if ("dealer" if one in DEALERS else one) in access.roles}
        for method in route.methods:
            served[f"{method} {route.path}".replace("{", "<").replace("}", ">")] = callers
    return served


def routes_in(routers: Iterable[Any]) -> Iterator[APIRoute]:
    """The routes of routers, and of those that they include."""
    for router in routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute))
        yield from routes_in(one.original_router for one in router.routes if hasattr(one, "original_router"))


def rival(dealer: str) -> str:
    return "D002" if dealer == "D001" else "D001"


def own(world: World, dealer: str, place: int = 0) -> dict[str, str]:
    """An object of each kind that a dealer has, or that the importer has; the first one if there are not so many."""
    lists = {kind: owners.get(dealer) or owners[""] for kind, owners in world.objects.items()}
    return {kind: ids[place] if -len(ids) <= place < len(ids) else ids[0] for kind, ids in lists.items()}


def told(answer: httpx.Response, *names: str) -> tuple[Any, ...]:
    """All that an answer tells, but for the names of what was asked for and the time of day."""
    text = re.sub(r'"at":"[^"]+"', '"at":"…"', answer.text)
    for name in names:
        text = text.replace(name, "…")
    left_out = {"date"} | ({"content-length"} if len(set(map(len, names))) > 1 else set())
    headers = sorted((key, value) for key, value in answer.headers.items() if key not in left_out)
    for name in names:
        headers = [(key, value.replace(name, "…")) for key, value in headers]
    return answer.status_code, text, headers


def test_the_table_holds_every_route_and_an_object_of_every_kind(world: World) -> None:
    assert described(world) == set(CALLS) == set(roles_of(world))
    kinds = {kind for route in CALLS for kind in kinds_in(route)}
    assert kinds == set(world.objects)
    for kind, owners in world.objects.items():
        assert all(ids for ids in owners.values()), kind
        assert set(owners) >= set(DEALERS) or "" in owners, kind
    assert all("<" not in filled(route, {**own(world, "D001")}) for route in CALLS)


def foreign(world: World, dealer: str) -> Iterator[tuple[str, str, dict[str, str], dict[str, str], str, str]]:
    """Each route × kind of object × object of the rival: as the dealer would ask for it, and for one that is nowhere."""
    for route in CALLS:
        for kind in kinds_in(route):
            if kind not in NOWHERE:
                continue
            for one in world.objects[kind].get(rival(dealer), []):
                mine = own(world, dealer)
                yield route, kind, {**mine, kind: one}, {**mine, kind: NOWHERE[kind]}, one, NOWHERE[kind]


def test_what_a_rival_has_does_not_exist_for_a_dealer(world: World) -> None:
    with world.hub.db.worker() as conn:
        before = conn.execute(sa.text("SELECT count(*), max(entry_id) FROM entry")).one()
    different, tried = {}, 0
    for dealer in DEALERS:
        for route, kind, theirs, nowhere, one, nobody in foreign(world, dealer):
            if "POST /v1/decisions" in route and kind == "own_golden_id":
                continue
            real, none = (world.ask(dealer, route, chosen) for chosen in (theirs, nowhere))
            tried += 1
            if told(real, one, nobody) != told(none, one, nobody):
                different[dealer, route, kind] = told(real, one, nobody), told(none, one, nobody)
    assert different == {}
    assert tried > 80
    with world.hub.db.worker() as conn:
        assert conn.execute(sa.text("SELECT count(*), max(entry_id) FROM entry")).one() == before


def test_lists_and_counts_hold_nothing_of_a_rival(world: World) -> None:
    leaks = {}
    for dealer in DEALERS:
        theirs = [one for ids in world.objects.values() for one in ids.get(rival(dealer), []) if len(one) > 6]
        mine = own(world, dealer)
        canaries = [*CANARIES[rival(dealer)], *theirs]
        for route in CALLS:
            if not route.startswith("GET") or "<conflict_id>" in route:
                continue
            answer = world.ask(dealer, route, mine)
            if found := [one for one in canaries if one.lower() in f"{answer.text}{answer.headers}".lower()]:
                leaks[dealer, route] = found
    assert leaks == {}


def test_no_search_finds_a_rivals_customer(world: World) -> None:
    words = {
        "D001": [
            "Сидоров",
            "Олег Львович",
            "+7 911 222-11-22",
            "XTA21124070445066",
            "А123ВС77",
            "78",
            "+7 999 000-11-22",
        ],
        "D002": ["Петров", "Вектор", "+7 903 765-43-21", "office@vektor.ru", "+7 495 987-65-43", "2"],
    }
    found = {}
    for dealer, terms in words.items():
        for term in [*terms, *world.objects["golden_id"][rival(dealer)]]:
            hits = world.hub.get(dealer, "/v1/customers", params={"q": term}).json()["items"]
            suggested = world.hub.get(dealer, "/v1/reconcile/suggest/entity", params={"prefix": term}).json()["result"]
            if hits or suggested:
                found[dealer, term] = hits, suggested
            assert world.hub.get("head_office", "/v1/customers", params={"q": term}).json()["items"], term
    assert found == {}


def test_a_role_without_right_learns_nothing_of_any_object(world: World) -> None:
    allowed = roles_of(world)
    wrong = {}
    for route in CALLS:
        choices = [own(world, "D001"), own(world, "D002"), {**own(world, "D001"), **NOWHERE}]
        names = [chosen[kind] for chosen in choices for kind in kinds_in(route)]
        for role in ("", *ROLES):
            if role in allowed[route]:
                continue
            answers = {str(told(world.ask(role, route, chosen), *names)) for chosen in choices}
            statuses = {world.ask(role, route, choices[0]).status_code}
            if statuses != {403 if role else 401} or len(answers) != 1:
                wrong[role, route] = statuses, answers
    assert wrong == {}


def test_every_route_answers_whom_it_serves_and_writes_its_row_of_the_audit_log(own_world: World) -> None:
    """Routes without personal data are declared in `api.auditing`."""
    world = own_world
    allowed, names = roles_of(world), operations(world)
    refused, silent, loud, wrong, served, logged = {}, [], [], [], set(), set()
    for route in CALLS:
        for role in sorted(allowed[route], key=ROLES.index):
            chosen = own(world, role if role in DEALERS else "D001", CALLS[route].place)
            last = newest(world)
            answer = world.ask(role, route, chosen)
            if answer.status_code not in FINE and (role, route) not in MAY_NOT_RESERVE:
                refused[role, route] = answer.status_code, answer.text
            if answer.status_code in DONE:
                served.add(route)
            rows = since(world, last)
            due = names[route] not in IMPERSONAL and answer.status_code in DONE
            if rows:
                logged.add(route)
            if due and not rows and route not in logged | NOTHING_TO_DO:  # done before by another: nothing changes
                silent.append((role, route, answer.status_code))
            if not due and rows and (role, route) not in MAY_NOT_RESERVE:
                loud.append((role, route, answer.status_code))
            for row in rows:
                dealer = role if role in DEALERS else ""
                if (row.action, row.dealer) != (names[route], dealer) or not row.actor.startswith("api:key"):
                    wrong.append((role, route, tuple(row)))
    assert refused == {}
    assert set(CALLS) - served == set()
    assert (silent, loud, wrong) == ([], [], [])


def operations(world: World) -> dict[str, str]:
    document = world.hub.get("", "/v1/openapi.json").json()
    return {
        f"{method.upper()} {path}".replace("{", "<").replace("}", ">"): operation["operationId"]
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def newest(world: World) -> int:
    with world.hub.db.worker() as conn:
        return conn.execute(sa.text("SELECT coalesce(max(audit_id), 0) FROM audit")).scalar_one()


def since(world: World, last: int) -> list[Any]:
    with world.hub.db.worker() as conn:
        return list(conn.execute(sa.text("SELECT * FROM audit WHERE audit_id > :last"), {"last": last}))


def test_the_log_names_ids_and_no_values(world: World) -> None:
    """Whoever reads the log learns who looked at whom, and nothing else about that person."""
    world.hub.get("D001", "/v1/customers", params={"q": "Петров Иван"})
    world.hub.get("head_office", f"/v1/customers/{world.objects['golden_id']['D001'][1]}")
    with world.hub.db.worker() as conn:
        rows = conn.execute(sa.text("SELECT action, target, details::text FROM audit ORDER BY audit_id DESC LIMIT 2"))
        (_, target, _), (action, _, details) = rows
    assert target == world.objects["golden_id"]["D001"][1]
    assert action == "search_customers"
    assert world.objects["golden_id"]["D001"][1] in details
    with world.hub.db.worker() as conn:
        text = " ".join(map(str, conn.scalars(sa.text("SELECT audit::text FROM audit"))))
    assert not [one for dealer in DEALERS for one in CANARIES[dealer][2:] if one in text]
