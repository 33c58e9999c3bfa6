"""A steward at work in a real Chromium: by keyboard, with undo and split, two at once, a pinned value, a past day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from hub.flows.pin import pin
from tests.api.serving import Served, process
from tests.web.cases import CASES, HEADING, cases
from tests.web.chromium import Windows, audit, fits


@pytest.fixture
def desks(chromium: Chromium, hub: Served) -> Iterator[Windows]:
    """Stewards' windows on a hub where `CASES` questions wait."""
    cases(hub)
    opened = Windows(chromium, hub.url)
    yield opened
    opened.close()


def press(page: Page, *keys: str) -> None:
    """Press keys, of which the last leads to another page."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def ids(page: Page) -> list[str]:
    """The records that a case's page compares."""
    return parse_qs(urlsplit(page.url).query)["id"]


def value(hub: Served, sql: str, **known: object) -> object:
    with hub.db.worker() as conn:
        return conn.execute(sa.text(sql), known).scalar_one()


def test_twenty_decisions_by_keyboard(desks: Windows, hub: Served) -> None:
    page = desks.open("anna")
    page.goto("/queue")
    assert f"{CASES} wait" in page.inner_text(".day")
    customers = value(hub, "SELECT count(*) FROM golden")
    press(page, "n")
    met = set()
    for number in range(20):
        met.add(tuple(ids(page)))
        press(page, "sdu"[number % 3])
        assert page.locator(".effect").is_visible()
    assert len(met) == 20
    assert "20 decided by you today" in page.inner_text(".day")
    assert value(hub, "SELECT count(*) FROM judgement") == 20
    assert value(hub, "SELECT count(*) FROM golden") == int(str(customers)) - 7  # those that were the same
    assert value(hub, "SELECT count(*) FROM review") == CASES - 20
    assert value(hub, "SELECT count(*) FROM audit WHERE action = 'compare' AND actor = 'user:anna'") == 21


def test_what_was_decided_is_told_and_undone(desks: Windows, hub: Served) -> None:
    page = desks.open("anna")
    page.goto("/queue/next")
    first = ids(page)
    press(page, "s")
    assert "2 before, 1 now" in page.inner_text(".effect")
    assert ids(page) != first
    press(page, "z")
    assert sorted(ids(page)) == sorted(first)
    assert "Taken back." in page.inner_text(".effect")
    assert "1 before, 2 now" in page.inner_text(".effect")
    assert value(hub, "SELECT count(*) FROM review") == CASES
    assert page.locator("[data-key=z]").count() == 0  # nothing is left to undo
    page.goto("/queue")
    assert f"{CASES} wait" in page.inner_text(".day")


def test_a_reason_is_written_without_deciding_by_its_letters(desks: Windows, hub: Served) -> None:
    page = desks.open("anna")
    page.goto("/queue/next")
    page.keyboard.press("r")
    page.keyboard.type("same desk number")
    page.keyboard.press("Escape")
    press(page, "m")
    assert "same desk number" in page.inner_text("main")
    assert value(hub, "SELECT count(*) FROM judgement") == 0
    page.keyboard.press("r")
    page.keyboard.type("he said so")
    page.keyboard.press("Escape")
    press(page, "d")
    assert value(hub, "SELECT reason FROM judgement") == "he said so"


def test_a_customer_is_split_by_keyboard_and_by_dragging(desks: Windows, hub: Served) -> None:
    page = desks.open("anna")
    for number in range(2):
        page.goto("/queue/next")
        one = ids(page)[0]
        press(page, "s")
        page.goto(f"/customers/{one}")
        press(page, "p")
        assert page.locator("[data-person='1'] li").count() == 2
        if number:
            page.drag_and_drop("[data-person='1'] li:last-child", "[data-person='3']")
            with page.expect_navigation():
                page.click("[data-split] button")
        else:
            page.locator("[data-split] li").first.focus()
            page.keyboard.press("ArrowDown")
            press(page, "2", "Enter")
        # a steward had said that they are the same: to decide again takes that back
        assert "the opposite" in page.inner_text("[role=alert]")
        assert page.locator("[data-person='1'] li").count() == 1
        page.locator("[data-split] li").first.focus()
        press(page, "Enter")
        assert "1 before, 2 now" in page.inner_text(".effect")
    assert value(hub, "SELECT count(*) FROM judgement WHERE verdict = 'split'") == 2


def test_two_stewards_never_get_the_same_case(desks: Windows, hub: Served) -> None:
    anna, olga = desks.open("anna"), desks.open("olga")
    anna.goto("/queue/next")
    olga.goto("/queue/next")
    assert not set(ids(anna)) & set(ids(olga))
    olga.goto("/queue")
    assert "anna is at it" in olga.inner_text("table")
    olga.goto(anna.url)
    assert "anna is at this case now" in olga.inner_text("[role=alert]")
    assert olga.locator("[data-key=s]").count() == 0
    with hub.db.worker() as conn:  # ten minutes without a sign of life
        conn.execute(sa.text("UPDATE case_lease SET until = now() - interval '1 second'"))
    olga.reload()
    assert olga.locator("[data-key=s]").count() == 1
    press(anna, "s")
    assert "olga is at this case now" in anna.inner_text("main")
    assert value(hub, "SELECT count(*) FROM judgement") == 0
    press(olga, "s")
    assert value(hub, "SELECT count(*) FROM judgement") == 1


def test_who_decides_about_what_has_changed_is_shown_the_fresh_state_and_loses_no_word(
    desks: Windows, hub: Served
) -> None:
    page = desks.open("anna")
    page.goto("/queue/next")
    record = page.locator("td[data-field=last_name]").first.get_attribute("data-record")
    pin(hub.db, str(record), "last_name", "user:olga", datetime.now(UTC))
    page.keyboard.press("r")
    page.keyboard.type("born in one house")
    page.keyboard.press("Escape")
    press(page, "s")
    assert "Somebody changed one of these customers meanwhile" in page.inner_text("[role=alert]")
    assert page.input_value("[data-why]") == "born in one house"
    assert value(hub, "SELECT count(*) FROM judgement") == 0
    press(page, "s")
    assert value(hub, "SELECT reason FROM judgement") == "born in one house"


def test_a_value_is_pinned_under_the_cursor_and_let_go_on_the_customers_page(desks: Windows, hub: Served) -> None:
    page = desks.open("anna")
    page.goto("/customers?q=ivanova yulia")
    page.goto(str(page.locator("tbody a").first.get_attribute("href")))
    golden_id = urlsplit(page.url).path.rpartition("/")[2]
    page.goto(f"/queue/case?id={golden_id}")
    cell = page.locator("td[data-field=address]:not(.won)").filter(has_text="Москва")
    cell.focus()
    press(page, "w")
    assert "won" in str(page.locator("td[data-field=address]").filter(has_text="Москва").get_attribute("class"))
    page.goto(f"/customers/{golden_id}")
    row = page.locator("table.golden tr", has_text="city")
    assert "Москва" in row.inner_text()
    assert "pinned" in row.inner_text()
    row.locator(".tip").first.focus()
    assert "A steward pinned this value" in row.locator("[role=tooltip]").first.inner_text()
    with page.expect_navigation():
        page.click("form[action*=unpin] button")
    assert "Сочи" in page.locator("table.golden tr", has_text="city").inner_text()


def test_a_customer_as_of_a_past_day(desks: Windows, hub: Served) -> None:
    for day, city in (("2026-10-01", "Тверь"), ("2026-11-10", "Калуга")):
        text = f"{HEADING}900,Архаров Лев Ильич,+7 916 500-00-99,1970-01-02,{city},{day}\n"
        answer = hub.post("D001", f"/v1/uploads?feed=customers&day={day}", content=text.encode())
        assert answer.status_code == 202, answer.text
        process(hub)
    page = desks.open("anna")
    page.goto("/customers?q=Архаров")
    page.goto(str(page.locator("tbody a").first.get_attribute("href")))
    assert "Калуга" in page.inner_text("table.golden")
    assert page.locator("a[href*=as_of]").all_inner_texts() == ["10 Nov 2026", "1 Oct 2026"]
    with page.expect_navigation():
        page.click("a[href*='as_of=2026-10-01']")
    assert "Тверь" in page.inner_text("table.golden")
    assert "Тверь → Калуга" in page.inner_text("main")
    page.fill("[name=as_of]", "2026-09-01")
    press(page, "Enter")
    assert "knew nothing of this customer" in page.inner_text("main")


def test_the_steward_pages_are_for_everybodys_eyes(desks: Windows) -> None:
    # `fits` and `audit` assert
    for language in ("en", "ru"):
        page = desks.open("anna", language)
        page.goto("/queue/next")
        for address in ("/queue", page.url, "/customers?q=Кузнецов"):
            page.goto(address)
            fits(page)
            audit(page)
        page.locator("details:not([open]) > summary").first.click()
        audit(page)


def test_the_queue_narrows(desks: Windows) -> None:
    page = desks.open("anna")
    page.goto("/queue")
    with page.expect_navigation():
        page.select_option("[name=dealer]", "D002")
    assert page.locator("table.queue tbody tr").count() == CASES
    page.goto("/queue?city=Nowhere")
    assert "Take one away" in page.inner_text("main")
    press(page, "x")
    assert urlsplit(page.url).query == ""
