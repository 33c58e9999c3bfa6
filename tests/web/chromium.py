"""A real Chromium for tests of the pages: finds one, signs people in, and holds what every page must be.

Whatever a window does is watched: a request to another host, a failed part of a page, an error on the console (a
violation of the Content Security Policy is one) fails the test that opened it, when the test ends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, Response, expect
from playwright.sync_api import Error as BrowserError

from tests.web.browser import PASSWORD

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
REQUIRED = "TEST_CHROMIUM"  # set to "required" where a missing browser is a failure, as in CI
DESK, PHONE = (1366, 768), (390, 800)  # widths and heights that every page must be readable at
LARGEST = 150_000  # bytes of a page with all its parts, nothing cached
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 120_000  # milliseconds until something that does not come is given up; a busy machine takes its time
expect.set_options(timeout=PATIENCE)
_AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """A running browser; where there is none, the test is skipped, or fails if the environment demands one."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    options = ["--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium refuses to run as root with it
    try:
        browser = playwright.chromium.launch(executable_path=found, args=options, timeout=PATIENCE)
    except BrowserError as error:
        _missing(str(error).splitlines()[0])
    try:
        yield browser
    finally:
        browser.close()


def _missing(why: str) -> None:
    advice = f"no Chromium that runs ({why}): install it by your system or by `playwright install chromium`"
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(advice)
    pytest.skip(advice)


@dataclass
class Windows:
    """Opens pages of the hub at ``url``; each is a person's own, with cookies of its own."""

    browser: Browser
    url: str
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self, login: str | None = None, language: str = "en", size: tuple[int, int] = DESK, scheme: Any = "light"
    ) -> Page:
        """A page; of a person who is signed in, if a login of ``browser.PEOPLE`` is given. It follows relative addresses.

        Args:
            language: what the browser asks for, such as ``ru``.
            size: width and height of the window, in pixels of CSS.
            scheme: ``light`` or ``dark``.
        """
        width, height = size
        context = self.browser.new_context(
            base_url=self.url, viewport={"width": width, "height": height}, locale=language, color_scheme=scheme
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        page = context.new_page()
        if login is not None:
            sign_in(page, login)
        return page

    def close(self) -> None:
        """Close all pages, and fail for what was seen on them."""
        for context in self.contexts:
            context.close()
        assert self.faults == []

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(self.url).netloc:
            self.faults.append(f"asks another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.faults.append(f"{response.status}: {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # an answer of 4xx is on the console, too; a page's own is no fault, and parts are watched above
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """Sign in by the form, and wait for the overview."""
    page.goto("/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == "/")


def audit(page: Page, rules: list[str] | None = None) -> None:
    """Fail on what axe-core finds serious or critical on the page as it stands.

    Args:
        rules: names of the rules to run; by default all of WCAG 2.2 A and AA and the best practices.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())  # by the debugger, past the page's policy, which stays in force for the page
    settled(page)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    found = page.evaluate("(only) => axe.run({runOnly: only, resultTypes: ['violations']})", only)
    told = [
        f"{finding['id']} ({finding['impact']}): {finding['help']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"][:5]
    ]
    assert told == [], f"{page.url}:\n" + "\n".join(told)


def settled(page: Page) -> None:
    """Wait until the page is loaded and drawn twice, so that scripts which follow its size have run."""
    page.wait_for_load_state()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


@cache
def _axe() -> str:
    return _AXE.read_text(encoding="utf-8")


@contextmanager
def weighed(page: Page) -> Iterator[list[float]]:
    """Collects the sizes, in bytes with headers as sent, of all that the page loads meanwhile; nothing comes from a cache.

    ``sum()`` of what is yielded counts once the block is left; more than ``LARGEST`` fails.
    """
    sizes: list[float] = []
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})
    protocol.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    yield sizes
    settled(page)
    protocol.detach()
    assert sum(sizes) < LARGEST, f"{page.url} takes {sum(sizes):.0f} bytes"


def fits(page: Page) -> None:
    """Fail if the page as a whole must be scrolled sideways; tables may scroll in a box of their own."""
    excess, widest = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            const wide = [...document.querySelectorAll('body *')].filter(
                e => e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll'));
            return [document.documentElement.scrollWidth - width, wide.slice(0, 5).map(e => e.outerHTML.slice(0, 160))];
        }"""
    )
    assert excess <= 0, f"{page.url} at {page.viewport_size} is {excess} pixels too wide: {widest}"
