"""A served hub with people who can sign in, and browsers that keep cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from hub.flows.manage_accounts import create_account
from hub.settings import Settings
from hub.store.engine import Database
from tests.api.serving import Served, people, serve
from tests.web.browser import PASSWORD, PEOPLE, Browser


@pytest.fixture
def hub(settings: Settings, db: Database) -> Iterator[Served]:
    """Two dealers' customers, and a person of each role."""
    with serve(replace(settings, process_uploads=False), db) as served:
        people(served)
        with db.worker() as conn:
            for login, (role, dealer) in PEOPLE.items():
                create_account(conn, login, login.title(), role, dealer, datetime.now(UTC), password=PASSWORD)
        yield served


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
