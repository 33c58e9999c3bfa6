"""Every page as everybody, with objects of one dealer, of its rival, and of nobody; generated from the application's routes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
import sqlalchemy as sa
from fastapi.routing import APIRoute

from api.auditing import IMPERSONAL_PAGES
from api.web import ROUTERS
from api.web.pages import Page
from api.web.visitors import Visit
from hub.settings import Settings
from hub.store.embedded import EmbeddedServer
from tests.api.rights_world import DEALERS, NOBODY, World, built
from tests.api.serving import client, serve
from tests.conftest import created, database
from tests.web.browser import PASSWORD, PEOPLE, Browser, accounts

OPEN = {"/sign-in"}
# parameter of a page's address → how its objects are called in the world; a new name must be entered here
KINDS = {
    "golden_id": "golden_id", "record_id": "golden_id", "upload_id": "upload_word", "lead_id": "lead_id",
    "claim_id": "claim_id", "conflict_id": "conflict_id", "appeal_id": "appeal_id", "entry_id": "decision_id",
    "decision_id": "decision_id", "pin_id": "pin_id", "code": "code", "dealer": "code", "account_id": "account_id",
    "key_id": "key_id", "trial_id": "trial_id",
}  # fmt: skip
NOWHERE = {
    "golden_id": NOBODY, "upload_word": "u0000000000000000", "lead_id": NOBODY, "claim_id": NOBODY, "conflict_id": NOBODY,
    "appeal_id": "999999", "decision_id": "999999", "pin_id": "999999", "code": "D009", "account_id": "999999",
    "key_id": "nobody99", "trial_id": "999999",
}  # fmt: skip
CANARIES = {
    "D001": ["D001", "Петров", "903 765", "Вектор"],
    "D002": ["D002", "Сидоров", "911 222", "XTA21124070445066"],
}
Sessions = dict[str, Browser]


@pytest.fixture(scope="module")
def world(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with created(server, template) as name, database(server, name) as db:
        settings = Settings(home=tmp_path_factory.mktemp("rights"), database_url=db.url_owner, process_uploads=False)
        with serve(settings, db) as served:
            made = built(served)
            accounts(db)
            with db.worker() as conn:

                def rows(query: str) -> dict[str, list[str]]:
                    found: dict[str, list[str]] = {}
                    for owner, one in conn.execute(sa.text(query)):
                        found.setdefault(owner or "", []).append(str(one))
                    return found

                more = {
                    "upload_word": {
                        owner: [served.app.state.words.uploads.word(int(one)) for one in found]
                        for owner, found in rows("SELECT dealer, upload_id FROM upload").items()
                    },
                    "account_id": rows("SELECT dealer, account_id FROM account"),
                    "trial_id": {"": ["1"]},  # there is none yet
                    "key_id": rows("SELECT dealer, key_id FROM api_key"),
                }
            yield World(served, {**made.objects, **more})


@pytest.fixture(scope="module")
def sessions(world: World) -> Iterator[Sessions]:
    """A browser of each person, and of nobody ("")."""
    opened: Sessions = {}
    for login in ("", *PEOPLE):
        opened[login] = Browser(client(world.hub.url, **{"Accept-Language": "en"}))
        opened[login].get("/sign-in")
        if login:
            assert opened[login].send("/sign-in", login=login, password=PASSWORD).status_code == 200
    yield opened
    for browser in opened.values():
        browser.client.close()


def pages(method: str) -> list[APIRoute]:
    return [
        route for router in ROUTERS for route in router.routes if isinstance(route, Page) and method in route.methods
    ]


def roles(route: APIRoute) -> tuple[str, ...]:
    """The roles that a page is for; all, if it says none."""
    visits = [one.call for one in route.dependant.dependencies if isinstance(one.call, Visit)]
    return visits[0].roles or ("head_office", "steward", "dealer", "auditor") if visits else ()


def address(route: APIRoute, chosen: Mapping[str, str]) -> str:
    path = route.path
    for name in re.findall(r"{(\w+)(?::\w+)?}", route.path):
        assert name in KINDS, f"{route.path}: enter {name} in KINDS"
        path = re.sub(rf"{{{name}(:\w+)?}}", chosen[KINDS[name]], path)
    return path


def own(world: World, dealer: str) -> dict[str, str]:
    """The first object of each kind that a dealer has, or that the importer has."""
    return {kind: (owners.get(dealer) or owners[""])[0] for kind, owners in world.objects.items()}


def test_every_page_is_for_somebody_signed_in(world: World, sessions: Sessions) -> None:
    for method in ("GET", "POST"):
        for route in pages(method):
            if route.path in OPEN:
                continue
            path = address(route, NOWHERE)
            answer = sessions[""].client.request(method, path)
            assert (answer.status_code, answer.headers.get("location", "")[:8]) == (303, "/sign-in"), (method, path)
            for login, (role, _) in PEOPLE.items():
                if role not in roles(route):
                    assert sessions[login].client.request(method, path).status_code == 403, (method, path, login)
                elif method == "POST":  # without its token no form does anything
                    assert sessions[login].client.request(method, path).status_code in (403, 422), (path, login)


def test_a_rivals_page_is_nobodys(world: World, sessions: Sessions) -> None:
    different = {}
    for login, (_, dealer) in PEOPLE.items():
        if dealer is None:
            continue
        rival = next(one for one in DEALERS if one != dealer)
        for route in pages("GET"):
            if "{" not in route.path:
                continue
            kinds = [KINDS[name] for name in re.findall(r"{(\w+)(?::\w+)?}", route.path)]
            for place in range(len(world.objects[kinds[0]].get(rival, []))):
                theirs = address(route, {kinds[0]: world.objects[kinds[0]][rival][place]})
                nowhere = address(route, NOWHERE)
                answers = [
                    (answer.status_code, answer.text.replace(path, "…"))
                    for path in (theirs, nowhere)
                    for answer in [sessions[login].client.get(path)]
                ]
                if answers[0] != answers[1] or answers[0][0] not in (403, 404):
                    different[login, theirs] = answers
    assert different == {}


def test_no_page_of_a_dealer_holds_anything_of_its_rival(world: World, sessions: Sessions) -> None:
    leaks = {}
    for login, (_, dealer) in PEOPLE.items():
        if dealer is None:
            continue
        rival = next(one for one in DEALERS if one != dealer)
        for route in pages("GET"):
            path = address(route, own(world, dealer))
            for words in ("", "?q=Иванова", f"?dealer={rival}"):
                text = sessions[login].client.get(path + words, follow_redirects=True).text
                text = text.replace(f'value="{rival}"', "").replace(
                    f"dealer={rival}", ""
                )  # what the reader itself typed
                if found := [one for one in CANARIES[rival] if one in text]:
                    leaks[login, path + words] = found
    assert leaks == {}


def test_pages_with_personal_data_write_their_row_of_the_audit_log(world: World, sessions: Sessions) -> None:
    silent = []
    for login, (role, dealer) in PEOPLE.items():
        for route in pages("GET"):
            if role not in roles(route) or route.path in OPEN or f"GET {route.path}" in IMPERSONAL_PAGES:
                continue
            path = address(route, own(world, dealer or "D001"))
            with world.hub.db.worker() as conn:
                last = conn.exec_driver_sql("SELECT coalesce(max(audit_id), 0) FROM audit").scalar_one()
            answer = sessions[login].client.get(f"{path}?q=Иванова")  # a search that finds somebody
            with world.hub.db.worker() as conn:
                rows = conn.exec_driver_sql(f"SELECT actor FROM audit WHERE audit_id > {last}").scalars().all()
            if answer.status_code == 200 and rows != [f"user:{login}"]:
                silent.append((login, path, rows))
    assert silent == []
