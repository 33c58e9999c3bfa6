"""A dealer's people in a real Chromium: upload, fix, send again; a lead by keyboard; the language; what is another's."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.api.serving import Served, process
from tests.web.browser import PASSWORD
from tests.web.chromium import PHONE, Windows, audit, fits, settled, sign_in
from tests.web.dealer_work import faulty_file, mended, prospects, sent_lead

RECEIPT = re.compile(r"/uploads/u[0-9a-f]{16}$")


def test_upload_fix_and_send_again(windows: Windows, hub: Served, tmp_path: Path) -> None:
    page = windows.open("ivan")
    page.goto("/uploads")
    page.keyboard.press("u")
    page.wait_for_url("**/uploads/new")
    page.select_option("[name=feed]", "customers")
    file = tmp_path / "people_delta.csv"
    file.write_bytes(faulty_file())
    page.set_input_files("[name=file]", file)
    page.click("form button.main")
    page.wait_for_url(RECEIPT)
    first = page.url
    expect(page.locator("[data-waiting]")).to_be_visible()
    process(hub)  # the page asks by itself until the receipt is there
    expect(page.locator(".balance")).to_contain_text("2 set aside")
    audit(page)
    fits(page)
    with page.expect_download() as download:
        page.keyboard.press("d")
    rejects = tmp_path / "rejects.csv"
    rejects.write_bytes(mended(download.value.path().read_text("utf-8-sig")))
    page.keyboard.press("s")
    page.wait_for_url("**/uploads/new?corrects=*")
    page.set_input_files("[name=file]", rejects)
    page.click("form button.main")
    page.wait_for_url(RECEIPT)
    assert page.url != first
    process(hub)
    expect(page.locator("main")).to_contain_text("In order now: 2")
    page.click("text=To the first upload")
    expect(page.locator("tr.mended")).to_have_count(2)
    audit(page)


def test_what_cannot_be_sent_is_told_in_the_form(windows: Windows, hub: Served, tmp_path: Path) -> None:
    page = windows.open("ivan")
    page.goto("/uploads/new")
    page.select_option("[name=feed]", "customers")
    (tmp_path / "empty.csv").touch()
    page.set_input_files("[name=file]", tmp_path / "empty.csv")
    page.click("form button.main")
    expect(page.locator("[data-problem]")).to_contain_text("The file is empty")
    expect(page.locator("form button.main")).to_be_enabled()
    assert [fault.partition(":")[0] for fault in windows.faults] == ["422"]  # the refusal itself
    windows.faults.clear()


def test_the_language_stays(windows: Windows) -> None:
    page = windows.open("petr")
    for code, heading in (("ru", "Сегодня"), ("en", "Today"), ("ru", "Сегодня")):
        page.click(".person summary")
        page.select_option("[name=language]", code)
        expect(page.locator("h1")).to_have_text(heading)
        assert page.locator("html").get_attribute("lang") == code
    page.click(".person summary")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in*")
    sign_in(page, "petr", PASSWORD)
    expect(page.locator("h1")).to_have_text("Сегодня")


def test_a_lead_is_accepted_and_closed_by_keyboard(windows: Windows, hub: Served) -> None:
    lead_id, login = sent_lead(hub)
    page = windows.open(login, size=PHONE)
    page.keyboard.press("n")
    page.wait_for_url(f"**/leads/{lead_id}")
    audit(page)
    fits(page)
    for keys, status in (("a", "accepted"), ("1", "contacted"), ("w", "won")):
        page.keyboard.press(keys)
        expect(page.locator("h1 .status")).to_have_text(status)
        settled(page)  # keys count once the page's script has run
    expect(page.locator(".steps li")).to_have_count(4)
    audit(page)


def test_a_lead_is_declined_with_a_reason_by_keyboard(windows: Windows, hub: Served) -> None:
    lead_id, login = sent_lead(hub)
    page = windows.open(login)
    page.goto(f"/leads/{lead_id}")
    page.keyboard.press("d")
    expect(page.locator("[name=reason]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1 .status")).to_have_text("declined")
    expect(page.locator("main")).to_contain_text("no longer yours")


def test_what_is_another_dealers_looks_like_what_is_not(windows: Windows, hub: Served) -> None:
    lead_id, login = sent_lead(hub)
    rival = windows.open({"ivan": "petr", "petr": "ivan"}[login])
    other = {"ivan": "D001", "petr": "D002"}[login]
    upload = hub.get(other, "/v1/uploads").json()["items"][0]["upload_id"]
    name = {"D001": "Петров", "D002": "Сидоров"}[other]  # of nobody else
    customer = hub.get(other, f"/v1/customers?q={name}").json()["items"][0]["golden_id"]
    nothing = "00000000-0000-4000-8000-000000000000"
    pairs = (
        (f"/uploads/{upload}", "/uploads/u0000000000000000"),
        (f"/leads/{lead_id}", f"/leads/{nothing}"),
        (f"/customers/{customer}", f"/customers/{nothing}"),
    )
    for there, nowhere in pairs:
        seen = []
        for address in (there, nowhere):
            answer = rival.goto(address)
            assert answer is not None
            seen.append((answer.status, rival.locator("main").inner_text()))
        assert seen[0] == seen[1]
        assert seen[0][0] == 404


def test_prospects_on_a_phone(windows: Windows, hub: Served) -> None:
    prospects(hub)
    for login, path in (("ivan", "/portfolio"), ("petr", "/do-not-approach")):
        page = windows.open(login, "ru", PHONE, "dark")
        page.goto(path)
        expect(page.locator("tbody tr")).not_to_have_count(0)
        fits(page)
        audit(page)
