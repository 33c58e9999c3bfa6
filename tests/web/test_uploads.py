"""Uploads by page: a file in, its receipt, rows mended and sent again; another dealer's upload is none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.api.serving import Served, process
from tests.web.browser import Browser
from tests.web.dealer_work import faulty_file, mended

Browse = Callable[..., Browser]


def upload(hub: Served, person: Browser, name: str = "new_delta.csv") -> str:
    """Upload the faulty file; returns its page's address."""
    person.get("/uploads/new")
    page = person.send_file(name, faulty_file(), feed="customers")
    assert "is being processed" in page.text
    process(hub)
    return page.url.path


def said(page: str) -> str:
    """A page without its own address, which the form for the language holds."""
    return re.sub(r'name="next" value="[^"]*"', "", page)


def test_a_file_becomes_a_receipt_that_balances(hub: Served, browse: Browse) -> None:
    person = browse("ivan")
    address = upload(hub, person)
    page = person.get(address).text
    for figure in ("<strong>32</strong> read", "<strong>30</strong> loaded", "<strong>2</strong> set aside"):
        assert figure in page
    assert page.count(">7001</td>") == 4  # as the rows' number, and as the value that is wrong
    assert "stands on several rows that differ" in page
    assert "Mend the rows of the rejects file" in page
    with hub.db.worker() as conn:
        number, author = conn.exec_driver_sql(
            "SELECT entry_id, author FROM entry WHERE kind = 'upload' ORDER BY entry_id DESC LIMIT 1"
        ).one()
    assert author == "user:ivan"
    assert f"Upload {number}" not in page  # it would tell how much others send
    assert "этот record_no стоит в нескольких" in browse("ivan", language="ru").get(address).text


def test_mended_rows_are_told_from_those_still_wrong(hub: Served, browse: Browse) -> None:
    person = browse("ivan")
    first = upload(hub, person)
    rejects = person.get(f"{first}/rejects")
    assert "attachment" in rejects.headers["content-disposition"]
    person.get(f"/uploads/new?corrects={first.rpartition('/')[2]}")
    page = person.send_file("rejects.csv", mended(rejects.content.decode("utf-8-sig")))
    process(hub)
    assert page.url.path != first
    second = person.get(page.url.path).text
    assert "In order now: 2" in second
    assert "only what changed" in second
    again = person.get(first).text
    assert again.count("in order") >= 2
    assert "rejects.csv" in again
    word = first.rpartition("/")[2]
    told = hub.get("D001", f"/v1/uploads/{word}/issues").json()["items"]
    assert [(one["row"], one["record_no"], one["fate"]) for one in told] == [
        (32, "7001", "mended"),
        (33, "7001", "mended"),
    ]
    assert hub.get("D001", f"/v1/uploads{page.url.path.removeprefix('/uploads')}").json()["corrects"] == word


def test_rows_that_are_sent_again_as_they_were_are_still_wrong(hub: Served, browse: Browse) -> None:
    person = browse("ivan")
    first = upload(hub, person)
    rejects = person.get(f"{first}/rejects").content
    person.get(f"/uploads/new?corrects={first.rpartition('/')[2]}")
    page = person.send_file("rejects.csv", rejects)
    process(hub)
    assert "Still wrong: 2" in person.get(page.url.path).text


def test_another_dealers_upload_is_none(hub: Served, browse: Browse) -> None:
    address = upload(hub, browse("ivan"))
    rival = browse("petr")
    missing = rival.get("/uploads/u0000000000000000")
    for path in (address, f"{address}/rejects", f"/uploads/new?corrects={address.rpartition('/')[2]}", "/uploads/1"):
        page = rival.get(path)
        assert (page.status_code, said(page.text)) == (404, said(missing.text))
    assert "new_delta.csv" not in rival.get("/uploads").text
    rival.get("/uploads/new")
    assert (
        rival.send_file("x.csv", b"record_no\n1\n", feed="customers", corrects=address.rpartition("/")[2]).status_code
        == 404
    )


def test_what_is_refused(hub: Served, browse: Browse) -> None:
    person = browse("ivan")
    person.get("/uploads/new")
    for changed, status in (
        ({"csrf": "x"}, 403),
        ({"feed": "nothing"}, 422),
        ({"day": "2026-13-01"}, 422),
        ({"day": "2999-01-01"}, 422),
        ({"dealer": "D002"}, 403),
    ):
        person.get("/uploads/new")
        page = person.send_file("x.csv", b"record_no\n1\n", **{"feed": "customers", **changed})
        assert page.status_code == status, changed
    person.client.headers["Sec-Fetch-Site"] = "cross-site"
    assert person.client.post("/uploads", files={"file": ("x.csv", b"1")}).status_code == 403


@pytest.mark.parametrize("login", ["anna", "rita"])
def test_only_dealers_and_head_office_send_files(browse: Browse, login: str) -> None:
    assert browse(login).get("/uploads/new").status_code == 403
    assert "/uploads/new" not in browse(login).get("/uploads").text


def test_head_office_sends_for_a_dealer_and_sees_numbers(hub: Served, browse: Browse) -> None:
    person = browse("olga")
    person.get("/uploads/new")
    page = person.send_file("vehicles.csv", b"record_no,vin\n1,XTA21124070445067\n", feed="vehicles", dealer="D002")
    assert "Dealer D002" in page.text
    assert "Upload " in page.text


def test_the_list_filters_and_exports(hub: Served, browse: Browse) -> None:
    person = browse("petr")
    assert person.get("/uploads?feed=vehicles").text.count('href="/uploads/u') == 1
    assert person.get("/uploads?status=held").text.count('href="/uploads/u') == 0
    lines = person.get("/uploads?table=uploads&format=csv").text.splitlines()
    assert len(lines) == 3
    assert "No." not in lines[0]
