"""A served hub with people who can sign in, and browsers that keep cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from hub.flows.manage_accounts import create_account
from hub.settings import Settings
from hub.store.embedded import EmbeddedServer
from hub.store.engine import Database
from tests.api.serving import Served, people, serve
from tests.conftest import created, database
from tests.web.browser import PASSWORD, PEOPLE, Browser
from tests.web.chromium import Windows, launched


def fill(served: Served) -> None:
    """Two dealers' customers, and a person of each role."""
    people(served)
    accounts(served)


def accounts(served: Served) -> None:
    """A person of each role, who can sign in."""
    with served.db.worker() as conn:
        for login, (role, dealer) in PEOPLE.items():
            create_account(conn, login, login.title(), role, dealer, datetime.now(UTC), password=PASSWORD)


@pytest.fixture
def hub(settings: Settings, db: Database) -> Iterator[Served]:
    """A hub of this test's own, with two dealers' customers and a person of each role."""
    with serve(replace(settings, process_uploads=False), db) as served:
        fill(served)
        yield served


@pytest.fixture(scope="module")
def standing_hub(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same, for all tests of a module that only look."""
    with created(server, template) as name, database(server, name) as db:
        settings = Settings(home=tmp_path_factory.mktemp("hub"), database_url=db.url_owner, process_uploads=False)
        with serve(settings, db) as served:
            fill(served)
            yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """A running Chromium; not for longer than a module, since its driver occupies the thread's event loop."""
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser


@pytest.fixture
def windows(chromium: Chromium, hub: Served) -> Iterator[Windows]:
    """Opens pages of this test's own hub in Chromium: ``windows.open("anna")``."""
    opened = Windows(chromium, hub.url)
    yield opened
    opened.close()


@pytest.fixture
def standing_windows(chromium: Chromium, standing_hub: Served) -> Iterator[Windows]:
    """Opens pages of the module's hub in Chromium."""
    opened = Windows(chromium, standing_hub.url)
    yield opened
    opened.close()


@pytest.fixture
def browse(hub: Served) -> Iterator[Callable[..., Browser]]:
    """Makes a browser; signed in if a login is given."""
    opened: list[httpx.Client] = []

    def make(login: str | None = None, language: str = "en") -> Browser:
        opened.append(httpx.Client(base_url=hub.url, headers={"Accept-Language": language}))
        browser = Browser(opened[-1])
        browser.get("/sign-in")
        if login is not None:
            answer = browser.send("/sign-in", login=login, password=PASSWORD)
            assert answer.status_code == 200, answer.text
        return browser

    yield make
    for client in opened:
        client.close()
