"""A dealer's prospects by page: held, taken by others, appeals; and never who the other is."""

from __future__ import annotations

from collections.abc import Callable

from tests.api.serving import Served
from tests.web.browser import Browser
from tests.web.dealer_work import prospects

Browse = Callable[..., Browser]


def test_what_a_dealer_holds(hub: Served, browse: Browse) -> None:
    prospects(hub)
    person = browse("ivan")
    page = person.get("/portfolio").text
    assert "Иванова Юлия Петровна" in page
    assert "the only live claim" in page
    assert "единственная живая заявка" in browse("ivan", language="ru").get("/portfolio").text
    assert "Иванова" in person.get("/portfolio?days=7&brand=lada&purpose=new").text
    assert "Иванова" not in person.get("/portfolio?purpose=used").text
    assert "Иванова" in person.get("/portfolio?table=portfolio&format=csv").text
    assert "Иванова" not in browse("petr").get("/portfolio").text
    assert "1</strong> of your 1 prospects" in person.get("/").text


def test_what_has_no_end_is_listed_last(hub: Served, browse: Browse) -> None:
    prospects(hub)
    with hub.db.worker() as conn:
        conn.exec_driver_sql("""INSERT INTO ownership SELECT golden, 'lada', 'service', dealer, valid_from, NULL, rule, policy,
            'for good' FROM ownership""")
        conn.exec_driver_sql("UPDATE claim SET until = now() + interval '9 days'")
    page = browse("ivan").get("/portfolio").text
    assert 0 < page.index("the only live claim") < page.index("for good")


def test_what_others_hold_is_told_without_saying_who(hub: Served, browse: Browse) -> None:
    prospects(hub)
    person = browse("petr")
    page = person.get("/do-not-approach").text
    assert "Ivanova Yulia Petrovna" in page  # by its own record
    assert "Taken until" in page
    assert "D001" not in page
    assert "Север" not in page
    own = person.get("/do-not-approach/file").text.splitlines()
    assert own[0] == "record_no,brand,purpose,until"
    assert own[1].startswith("77,lada,new,")
    assert "Nobody" in browse("ivan").get("/do-not-approach").text


def test_an_appeal_is_sent_once_and_answered_there(hub: Served, browse: Browse) -> None:
    prospects(hub)
    person = browse("petr")
    address = person.get("/do-not-approach").text.split('href="/do-not-approach/appeal')[1].split('"')[0]
    address = f"/do-not-approach/appeal{address}".replace("&amp;", "&")
    person.get(address)
    page = person.send("/do-not-approach/appeal", reason="She has ordered a car with us").text
    assert "Your appeal is sent" in page
    assert "She has ordered a car with us" in page
    person.get(address)
    assert person.send("/do-not-approach/appeal", reason="Once more").status_code == 409
    assert browse("ivan").get(address).status_code == 404
    appeal_id = hub.get("head_office", "/v1/appeals").json()["items"][0]["appeal_id"]
    hub.post(
        "head_office", f"/v1/appeals/{appeal_id}/answer", json={"outcome": "refused", "reason": "No order is known."}
    )
    assert "No order is known." in person.get("/do-not-approach").text
