"""Head office at work in a real Chromium: lets a held file in, decides a conflict, takes a table away, tries a policy."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from hub.flows.scorecard import write_figures
from tests.api.serving import Served
from tests.web.chromium import DESK, PHONE, Windows, audit, fits, weighed
from tests.web.rivals import make_rivals


def test_head_office_lets_a_held_file_in(hub: Served, windows: Windows) -> None:
    with hub.db.worker() as conn:
        conn.exec_driver_sql(
            "UPDATE upload SET status = 'held', reason = '3 rows where about 400 are usual' "
            "WHERE upload_id = (SELECT min(upload_id) FROM upload)"
        )
    page = windows.open("olga")
    page.get_by_role("link", name="uploads are held").click()
    page.locator("#table-uploads tbody a").first.click()
    expect(page.get_by_text("3 rows where about 400 are usual")).to_be_visible()
    page.get_by_label("Why").fill("the dealer closed a branch")
    page.get_by_role("button", name="Let it in").click()
    expect(page.locator("h1 .status")).to_have_text("released")
    page.goto("/")
    expect(page.locator(".tile", has_text="uploads are held").locator("strong")).to_have_text("0")


def test_head_office_decides_a_conflict_by_keyboard(hub: Served, windows: Windows) -> None:
    make_rivals(hub)
    page = windows.open("olga")
    page.goto("/conflicts?state=live")
    page.locator("#table-conflicts tbody th a").first.press("Enter")
    expect(page.get_by_role("heading", name="What each rule said")).to_be_visible()
    fits(page)
    audit(page)
    page.get_by_label("D002", exact=True).press("Space")
    page.get_by_label("Why").fill("she asked for its manager")
    page.get_by_label("Why").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your ruling is in force")
    expect(page.locator("dd strong")).to_have_text("D002")


def test_a_table_goes_into_a_spreadsheet_without_formulas(hub: Served, windows: Windows, tmp_path: Path) -> None:
    with hub.db.worker() as conn:
        conn.exec_driver_sql("UPDATE dealer SET name = '=HYPERLINK(\"http://evil.example\")' WHERE code = 'D001'")
    page = windows.open("olga")
    page.goto("/dealers")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    waiting.value.save_as(tmp_path / "dealers.csv")
    with (tmp_path / "dealers.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Name"] for row in rows] == ['\'=HYPERLINK("http://evil.example")', "Юг"]
    with page.expect_download() as waiting:
        page.get_by_role("link", name="XLSX").click()
    assert waiting.value.suggested_filename == "dealers.xlsx"


def test_head_office_tries_a_policy_and_puts_it_in_force(hub: Served, windows: Windows) -> None:
    make_rivals(hub)
    page = windows.open("olga")
    page.goto("/policy")
    text = page.get_by_label("Policy (YAML)").input_value()
    page.get_by_label("Policy (YAML)").fill("version: hasty\nclaims: {silence: 9x}\n")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("alert")).to_contain_text("claims.silence")
    audit(page)
    page.get_by_label("Policy (YAML)").fill(text.replace("start-1", "hasty").replace("silence: 30d", "silence: 2d"))
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="Put it in force")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("hasty instead of start-1")
    drawn(page)
    audit(page)
    page.get_by_label("Why").fill("as the dealers' council agreed")
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_role("status")).to_contain_text("The policy is in force")
    expect(page.locator("#table-policies tbody tr").first).to_contain_text("hasty")


def test_charts_are_drawn_in_light_and_dark_and_from_their_tables(hub: Served, windows: Windows) -> None:
    write_figures(hub.db, datetime.now(UTC).date(), datetime.now(UTC))
    page = windows.open("rita", "ru")
    for path in ("/", "/dealers/D001"):
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        with weighed(page):
            page.goto(path)
        drawn(page)
        page.emulate_media(color_scheme="dark")
        drawn(page)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        fits(page)
        page.emulate_media(color_scheme="light")
    page.goto("/")
    figure = page.locator("figure[data-chart]").first
    figure.get_by_text("Таблицей").click()
    expect(figure.locator("table").last).to_be_visible()
    audit(page)


def drawn(page: Page) -> None:
    """Every chart of the page has its picture."""
    wanted = page.locator("figure[data-chart]").count()
    assert wanted > 0
    expect(page.locator("figure[data-chart] canvas")).to_have_count(wanted)
