"""What every page must be, in a real Chromium, for each role: accessible, small, not too wide, without calls to outside.

The pages are those of the menu and what they link to: one of each kind. A new page in the menu is held by this at once.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from api.web.pages import MENU
from tests.web.browser import PEOPLE
from tests.web.chromium import DESK, PHONE, Windows, audit, fits, weighed

LANGUAGES = ("en", "ru")
NARROW = ["color-contrast", "scrollable-region-focusable", "target-size"]  # what may be wrong on a phone alone


def seen(page: Page, address: str) -> list[str]:
    """Load a page, hold everything of it, at both sizes and in both colour schemes; returns the pages it links to."""
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.emulate_media(color_scheme="light")
    with weighed(page):
        answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200, address
    fits(page)
    if page.locator("html").get_attribute("lang") == LANGUAGES[0]:  # other words change widths, and none of these
        audit(page)
        page.emulate_media(color_scheme="dark")
        audit(page, ["color-contrast"])  # all that the scheme changes
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    fits(page)
    audit(page, NARROW)
    return page.eval_on_selector_all("a[href]:not([download])", "links => links.map(a => a.href)")


def kind(url: str) -> str:
    """What addresses of one kind of page share: the path with its ids and the names of its parameters."""
    parts = urlsplit(url)
    path = re.sub(r"/[^/]*\d[^/]*", "/*", parts.path)
    names = sorted(word.partition("=")[0] for word in parts.query.split("&") if word)
    return f"{path}?{','.join(names)}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("login", PEOPLE)
def test_every_page_of_a_role(standing_windows: Windows, login: str, language: str) -> None:
    # `seen` asserts all that is held of a page
    page = standing_windows.open(login, language)
    role = PEOPLE[login][0]
    own = urlsplit(standing_windows.url).netloc
    linked: dict[str, str] = {}
    walked = {kind(address) for address, _, _ in MENU}
    for address in [address for address, _, roles in MENU if role in roles] + ["/customers?q=петров+иван"]:
        for link in seen(page, address):
            if urlsplit(link).netloc == own and not urlsplit(link).path.endswith((".csv", ".xlsx")):
                linked.setdefault(kind(link), link)
    for link in [link for name, link in linked.items() if name not in walked]:
        seen(page, link)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_to_sign_in(standing_windows: Windows, language: str) -> None:
    seen(standing_windows.open(language=language), "/sign-in")
