"""What real rules, guards and policies say is told in Russian on the pages that show it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from expectations.gate import ExpectationsGate
from hub.flows.process_uploads import process_uploads
from hub.store.archive import Archive
from tests.api.serving import Served
from tests.web.browser import Browser, english
from tests.web.cases import cases
from tests.web.dealer_work import sent_lead
from tests.web.rivals import make_rivals

Browse = Callable[..., Browser]
CUSTOMERS = "record_no,full_name,phones,birth_date,gender,updated_at\n"
YESTERDAY = str(date.today() - timedelta(days=1))


def sent(hub: Served, person: Browser, name: str, body: bytes, **fields: str) -> str:
    """Upload a file, and let the hub judge it by its real rules; returns the receipt."""
    person.get("/uploads/new")
    address = person.send_file(name, body, **fields).url.path
    process_uploads(hub.db, Archive(hub.app.state.settings.archive_dir), ExpectationsGate())
    return person.get(address).text


def test_a_receipt_says_what_to_mend(hub: Served, browse: Browse) -> None:
    ivan = browse("ivan", language="ru")
    rows = "1,Орлов Пётр,8 916 000-70-01,1980-01-01,кто,2026-11-01\n2,Орлова Вера,12,32.01.1980,,2026-11-01\n"
    page = sent(hub, ivan, "delta.csv", (CUSTOMERS + rows).encode(), feed="customers", holds="changes")
    assert "Здесь может быть только одно из: male, female" in page
    assert "Это не дата. Пришлите её как ГГГГ-ММ-ДД" in page
    assert "В номере телефона не меньше пяти цифр." in page
    assert english(page) == []
    olga = browse("olga", language="ru")
    listed = olga.get("/uploads").text
    number = re.findall(r'href="(/uploads/\d+)">', listed)[0]
    shown = olga.get(number).text
    assert shown.count("Здесь может быть только одно из: ") == 2  # by rule, and in the row
    assert english(shown) == []


def test_a_held_and_a_refused_file_say_why(hub: Served, browse: Browse) -> None:
    ivan = browse("ivan", language="ru")
    cars = [f"{n},K{n:03}MM77\n" for n in range(40)]
    heading = "record_no,plate\n"
    sent(hub, ivan, "a.csv", "".join([heading, *cars]).encode(), feed="vehicles", holds="all", day=YESTERDAY)
    held = sent(hub, ivan, "b.csv", "".join([heading, *cars[:5]]).encode(), feed="vehicles", holds="all")
    assert "Строк 5, а обычно около 40 (-88\u00a0%). Если выгрузка обрезана" in held
    refused = sent(hub, ivan, "c.csv", b"%PDF-1.7\n", feed="vehicles", holds="changes")
    assert "Это двоичный файл неизвестного вида." in refused
    assert english(held) == english(refused) == []


def test_a_conflict_says_why(hub: Served, browse: Browse) -> None:
    make_rivals(hub)
    olga = browse("olga", language="ru")
    listed = olga.get("/conflicts").text
    because = r"самая ранняя живая заявка с доказанным двусторонним контактом, от \d\d\.\d\d\.\d{4}"
    assert re.search(because, listed)
    page = olga.get(re.findall(r'href="(/conflicts/[0-9a-f-]{36})"', listed)[0]).text
    assert re.search(because, page)
    assert english(listed) == english(page) == []
    file = olga.get("/conflicts?table=conflicts&format=csv").text
    assert re.search(because, file)


def test_a_case_is_explained_and_its_errors_told(hub: Served, browse: Browse) -> None:
    cases(hub)
    anna = browse("anna", language="ru")
    page = anna.get("/queue/next")
    picture = re.findall(r'<svg [^>]*class="waterfall".*?</svg>', page.text, re.DOTALL)[0]
    for word in ("Почему две записи", "до сравнения", "фамилия: совпадают", "Итог", "порога совпадения", "биты"):
        assert word in picture
    assert english(page.text) == []
    form = re.findall(r'<form[^>]*action="(/queue/case/split[^"]*)"(.*?)</form>', page.text, re.DOTALL)[0]
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1]))
    one = re.findall(r'name="(part_[0-9a-f-]{36})"', form[1])[0]
    told = anna.client.post(form[0].replace("&amp;", "&"), data={**hidden, one: "1"})
    assert "В одном решении от 2 до" in told.text
    assert english(told.text) == []


def test_an_error_of_a_lead_is_told(hub: Served, browse: Browse) -> None:
    lead, _ = sent_lead(hub)
    olga = browse("olga", language="ru")
    address = f"/leads/network/{lead}"
    assert english(olga.get(address).text) == []
    told = olga.send(address, dealer="D999", reason="Так решили")
    assert "Такого дилера нет" in told.text
    assert english(re.sub("`[^`]*`", "", told.text)) == []


def test_what_nobody_translated_stays(hub: Served, browse: Browse) -> None:
    ivan = browse("ivan", language="ru")
    sent(hub, ivan, "c.csv", b"%PDF-1.7\n", feed="vehicles", holds="changes")
    with hub.db.worker() as conn:
        conn.exec_driver_sql("UPDATE upload SET reason = 'A rule of tomorrow says so.' WHERE status = 'refused'")
    assert "A rule of tomorrow says so." in ivan.get("/uploads?status=refused").text
