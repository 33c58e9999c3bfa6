"""A served hub with people who can sign in, and browsers that keep cookies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from hub.store.embedded import EmbeddedServer
from tests.api.serving import Served, client, serve
from tests.conftest import Filled, copied
from tests.web.browser import PASSWORD, Browser
from tests.web.chromium import Windows, launched


@pytest.fixture
def hub(server: EmbeddedServer, peopled_template: Callable[[], Filled], tmp_path: Path) -> Iterator[Served]:
    """A hub of this test's own, with two dealers' customers and a person of each role."""
    with copied(server, peopled_template(), tmp_path) as (settings, db), serve(settings, db) as served:
        yield served


@pytest.fixture(scope="module")
def standing_hub(
    server: EmbeddedServer, peopled_template: Callable[[], Filled], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The same, for all tests of a module that only look."""
    home = tmp_path_factory.mktemp("hub")
    with copied(server, peopled_template(), home) as (settings, db), serve(settings, db) as served:
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
        opened.append(client(hub.url, **{"Accept-Language": language}))
        browser = Browser(opened[-1])
        browser.get("/sign-in")
        if login is not None:
            answer = browser.send("/sign-in", login=login, password=PASSWORD)
            assert answer.status_code == 200, answer.text
        return browser

    yield make
    for one in opened:
        one.close()
