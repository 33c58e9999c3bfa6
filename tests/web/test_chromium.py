"""The harness finds what it is for: faults that are put into a page on purpose."""

from __future__ import annotations

import pytest

from tests.web.chromium import PHONE, Windows, audit, fits, weighed


def test_a_person_signs_in_and_the_page_is_watched(standing_windows: Windows) -> None:
    page = standing_windows.open("ivan", "ru", PHONE, "dark")
    assert page.locator("h1").inner_text() == "Сегодня"
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.injected = true';
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'http://elsewhere.example/x.png';
        document.body.append(image);
    }""")
    assert page.evaluate("() => window.injected") is None
    page.wait_for_load_state("networkidle")
    assert any("Content Security Policy" in fault for fault in standing_windows.faults), standing_windows.faults
    standing_windows.faults.clear()


def test_what_is_wrong_with_a_page_fails(standing_windows: Windows) -> None:
    page = standing_windows.open()
    with weighed(page) as sizes:
        page.goto("/sign-in")
    assert sum(sizes) > 5_000
    audit(page)
    fits(page)
    page.evaluate("() => { document.querySelector('label').replaceWith(document.querySelector('[name=login]')); }")
    with pytest.raises(AssertionError, match="label"):
        audit(page)
    page.evaluate("() => { document.querySelector('main').append('x'.repeat(2000)); }")
    with pytest.raises(AssertionError, match="too wide"):
        fits(page)
