"""People and keys: who may make, change and close whose account; a secret is shown once."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest

from hub.store.audit import entries
from tests.api.serving import Served
from tests.web.browser import PASSWORD, Browser

Browse = Callable[..., Browser]


@pytest.fixture
def boss(hub: Served) -> Served:
    """Ivan is the administrator of D001."""
    with hub.db.worker() as conn:
        conn.exec_driver_sql("UPDATE account SET administrator = true WHERE login = 'ivan'")
    return hub


def account_id(hub: Served, login: str) -> int:
    with hub.db.worker() as conn:
        return int(conn.exec_driver_sql(f"SELECT account_id FROM account WHERE login = '{login}'").scalar_one())


def secret(page: httpx.Response) -> str:
    found = re.search(r'<code class="secret">([^<]+)</code>', page.text)
    assert found is not None, page.text
    return found.group(1)


def actions(hub: Served) -> list[str]:
    with hub.db.worker() as conn:
        return [entry.action for entry in reversed(entries(conn, None, 100, "user:olga"))]


def test_head_office_makes_an_account_whose_password_is_shown_once(hub: Served, browse: Browse) -> None:
    olga = browse("olga")
    assert "anna" in olga.get("/people").text
    made = olga.send("/people", login="vera", name="Vera", role="steward", dealer="")
    password = secret(made)
    assert made.headers["cache-control"] == "no-store"
    assert password not in olga.get("/people").text
    vera = browse()
    assert vera.send("/sign-in", login="vera", password=password).url.path == "/"
    assert vera.get("/queue").status_code == 200
    assert "add_account" in actions(hub)
    olga.get("/people")
    assert olga.send("/people", login="vera", name="Vera", role="steward").status_code == 409
    olga.get("/people")
    assert olga.send("/people", login="oleg", name="Oleg", role="dealer", dealer="D009").status_code == 422


def test_an_account_is_changed_closed_and_opened_again(hub: Served, browse: Browse) -> None:
    olga, anna = browse("olga"), browse("anna")
    page = f"/people/{account_id(hub, 'anna')}"
    olga.get(page)
    assert "counts from" in olga.send(page, name="Anna P", role="auditor", dealer="").text
    assert anna.get("/queue").status_code == 403
    assert "Closed." in olga.send(f"{page}/state", act="disabled").text
    assert anna.get("/").url.path == "/sign-in"
    assert browse().send("/sign-in", login="anna", password=PASSWORD).status_code == 401
    assert "Open again." in olga.send(f"{page}/state", act="enabled").text
    fresh = secret(olga.send(f"{page}/password"))
    assert browse().send("/sign-in", login="anna", password=PASSWORD).status_code == 401
    assert browse().send("/sign-in", login="anna", password=fresh).url.path == "/"
    wanted = ["change_account", "account_disabled", "account_enabled", "new_password"]
    assert [action for action in actions(hub) if action in wanted] == wanted


def test_nobody_locks_itself_out(hub: Served, browse: Browse) -> None:
    olga = browse("olga")
    page = f"/people/{account_id(hub, 'olga')}"
    olga.get(page)
    assert olga.send(page, name="Olga", role="auditor", dealer="").status_code == 409
    token = re.search(r'name="csrf" value="([^"]+)"', olga.get(page).text)
    assert token is not None
    closing = olga.client.post(f"{page}/state", data={"csrf": token.group(1), "act": "disabled"})
    assert closing.status_code == 409
    assert olga.get("/people").status_code == 200


def test_a_dealers_administrator_has_its_own_dealers_people_alone(boss: Served, browse: Browse) -> None:
    ivan = browse("ivan")
    listed = ivan.get("/people").text
    assert "ivan" in listed
    assert not [name for name in ("petr", "olga", "anna", "Keys") if name in listed]
    password = secret(ivan.send("/people", login="igor", name="Igor"))
    igor = browse()
    assert igor.send("/sign-in", login="igor", password=password).url.path == "/"
    assert igor.get("/people").status_code == 403
    own = f"/people/{account_id(boss, 'igor')}"
    ivan.get(own)
    assert "Changed" in ivan.send(own, name="Igor I").text
    token = re.search(r'name="csrf" value="([^"]+)"', ivan.get(own).text)
    assert token is not None
    csrf = {"csrf": token.group(1)}
    theirs, nobody = f"/people/{account_id(boss, 'petr')}", "/people/999999"
    for path, data in (("", {"name": "X"}), ("/password", {}), ("/state", {"act": "disabled"})):
        answers = [ivan.client.post(f"{page}{path}", data={**csrf, **data}) for page in (theirs, nobody)]
        assert [answer.status_code for answer in answers] == [404, 404], path
        assert answers[0].text.replace(theirs, "…") == answers[1].text.replace(nobody, "…")
    assert ivan.get(theirs).status_code == 404
    for path in ("/people/keys/key0", "/people/keys/new"):
        assert ivan.client.post(path, data={**csrf, "role": "head_office", "act": "revoke"}).status_code in (403, 422)
    grabbing = {"name": "Igor", "role": "head_office", "dealer": "D002"}
    assert ivan.client.post(own, data={**csrf, **grabbing}).status_code == 303  # its own dealer, whatever the form says
    with boss.db.worker() as conn:
        found = conn.exec_driver_sql("SELECT role, dealer FROM account WHERE login = 'igor'").one()
    assert tuple(found) == ("dealer", "D001")


@pytest.mark.parametrize("login", ["anna", "ivan", "rita"])
def test_the_page_is_for_administrators(browse: Browse, login: str) -> None:
    assert browse(login).get("/people").status_code == 403


def test_a_form_with_a_field_too_many_is_refused(hub: Served, browse: Browse) -> None:
    olga = browse("olga")
    olga.get("/people")
    assert olga.send("/people", login="vera", name="Vera", role="steward", superuser="yes").status_code == 422
    with hub.db.worker() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM account WHERE login = 'vera'").scalar_one() == 0
    assert browse().client.post("/sign-in", data={"login": "a", "password": "b", "role": "c"}).status_code == 422


def test_keys_are_made_replaced_and_ended(hub: Served, browse: Browse) -> None:
    def status(key: str) -> int:
        return hub.get("", "/v1/dealers", headers={"X-API-Key": key}).status_code

    olga = browse("olga")
    olga.get("/people")
    key = secret(olga.send("/people/keys/new", role="dealer", dealer="D001", days="30"))
    assert status(key) == 200
    page = f"/people/keys/{key.split('_')[1]}"
    olga.get(page)
    newer = secret(olga.send(page, act="rotate"))
    assert (status(key), status(newer)) == (200, 200)  # the old one for a day
    with hub.db.worker() as conn:
        left = conn.exec_driver_sql("SELECT min(expires_at) - now() FROM api_key").scalar_one()
    assert 0 < left.total_seconds() <= 86_400
    olga.get(page)
    assert "next request" in olga.send(page, act="revoke").text
    assert (status(key), status(newer)) == (401, 200)
    assert key.split("_")[2] not in olga.get("/people").text
    assert "rotate_key" in actions(hub)
    assert "revoke_key" in actions(hub)
