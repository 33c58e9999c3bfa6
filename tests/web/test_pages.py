"""The pages over real HTTP: who gets in, what each sees, what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.store.audit import entries
from tests.api.serving import Served
from tests.web.browser import PASSWORD, PEOPLE, Browser

Browse = Callable[..., Browser]


def test_who_is_not_signed_in_is_sent_to_do_so_and_back(hub: Served, browse: Browse) -> None:
    stranger = browse()
    page = stranger.get("/uploads")
    assert page.url.path == "/sign-in"
    assert 'name="next" value="/uploads"' in page.text
    assert stranger.send("/sign-in", login="olga", password=PASSWORD).url.path == "/uploads"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere_after_signing_in(browse: Browse, address: str) -> None:
    stranger = browse()
    answer = stranger.client.post("/sign-in", data={"login": "olga", "password": PASSWORD, "next": address})
    assert answer.headers["location"] == "/"


def test_the_cookie_and_the_headers(browse: Browse) -> None:
    answer = browse().client.post("/sign-in", data={"login": "olga", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    policy = browse("olga").get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_wrong_password_says_so_and_keeps_the_login(browse: Browse) -> None:
    page = browse().send("/sign-in", login="olga", password="no")
    assert page.status_code == 401
    assert "not right" in page.text
    assert 'value="olga"' in page.text


@pytest.mark.parametrize("login", PEOPLE)
def test_each_role_has_its_overview_and_signs_out(browse: Browse, login: str) -> None:
    person = browse(login)
    assert person.get("/").status_code == 200
    assert person.last is not None
    assert ("Queue" in person.last.text) == (login in ("olga", "anna"))
    person.send("/sign-out")
    assert person.get("/").url.path == "/sign-in"


@pytest.mark.parametrize("login", ["ivan", "petr", "rita"])
def test_the_queue_is_for_stewards(browse: Browse, login: str) -> None:
    assert browse(login).get("/queue").status_code == 403


def test_search_finds_in_any_script_and_shows_the_customer(hub: Served, browse: Browse) -> None:
    page = browse("anna").get("/customers?q=ivanova yulia")
    assert "Иванова Юлия Петровна" in page.text.replace("<mark>", "").replace("</mark>", "")
    golden_id = page.text.split('href="/customers/')[1].split('"')[0]
    shown = browse("anna").get(f"/customers/{golden_id}")
    assert "+7 916 123-45-67" in shown.text
    assert "D002" in shown.text
    with hub.db.worker() as conn:
        logged = entries(conn, None, 3)
    assert [(e.actor, e.action, e.target) for e in logged if e.action == "read_customer"] == [
        ("user:anna", "read_customer", golden_id)
    ]


def test_a_dealer_sees_its_own_records_alone(browse: Browse) -> None:
    page = browse("ivan").get("/customers?q=Иванова")
    golden_id = page.text.split('href="/customers/')[1].split('"')[0]
    shown = browse("ivan").get(f"/customers/{golden_id}").text
    assert "D001" in shown
    assert "D002" not in shown
    assert browse("ivan").get("/customers?q=Сидоров").text.count("/customers/") == 0


def test_values_are_escaped(hub: Served, browse: Browse) -> None:
    with hub.db.worker() as conn:
        conn.exec_driver_sql("UPDATE party SET shown_city = '<script>alert(1)</script>'")
        conn.exec_driver_sql("UPDATE golden SET city = '<script>alert(1)</script>'")
    page = browse("anna").get("/customers?q=Петров").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_form_needs_its_token_and_its_site(browse: Browse) -> None:
    person = browse("olga")
    person.get("/")
    assert person.client.post("/sign-out", data={"csrf": "x"}).status_code == 403
    assert person.client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert person.client.post("/sign-out", headers={"Origin": "https://evil.example"}).status_code == 403
    assert person.get("/").url.path == "/"
    assert browse().client.post("/sign-in", headers={"Sec-Fetch-Site": "cross-site"}, data={}).status_code in (403, 422)


def test_unknown_things_are_errors_with_a_way_back(browse: Browse) -> None:
    person = browse("olga")
    for path, status in (("/uploads/999999", 404), ("/customers/not-an-id", 422), (f"/customers/{'0' * 32}", 404)):
        page = person.get(path)
        assert (page.status_code, "To the overview" in page.text) == (status, True)


def test_a_split_of_what_is_no_record_is_refused(browse: Browse) -> None:
    anna = browse("anna")
    csrf = anna.get("/").text.split('name="csrf" value="')[1].split('"')[0]
    address = "/queue/case/split?id=00000000-0000-0000-0000-000000000000"
    answer = anna.client.post(address, data={"csrf": csrf, "tags": "", "part_abc": "1", "part_'": "2"})
    assert answer.status_code == 422
    assert "names no records" in answer.text


def test_the_language_follows_the_browser_until_one_chooses(browse: Browse) -> None:
    assert "Войти" in browse(language="ru-RU,ru;q=0.9,en;q=0.5").get("/sign-in").text
    assert "Sign in" in browse(language="fr").get("/sign-in").text
    person = browse("anna")
    assert "Overview" in person.get("/").text
    assert "Обзор" in person.send("/language", language="ru").text
    assert "Обзор" in browse("anna", language="en").get("/").text


def test_a_person_who_is_disabled_is_out(hub: Served, browse: Browse) -> None:
    person = browse("anna")
    assert person.get("/").url.path == "/"
    with hub.db.worker() as conn:
        conn.exec_driver_sql("UPDATE account SET disabled_at = now() WHERE login = 'anna'")
    assert person.get("/").url.path == "/sign-in"


def test_a_changed_role_counts_with_the_next_request(hub: Served, browse: Browse) -> None:
    person = browse("anna")
    assert person.get("/queue").status_code == 200
    with hub.db.worker() as conn:
        conn.exec_driver_sql("UPDATE account SET role = 'auditor' WHERE login = 'anna'")
    assert person.get("/queue").status_code == 403
