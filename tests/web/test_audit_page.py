"""The audit log as head office and auditors search it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from hub.flows.seal_audit import seal_audit
from tests.api.serving import Served
from tests.api.test_customers import identities
from tests.web.browser import Browser

Browse = Callable[..., Browser]


def test_who_looked_at_a_customer_in_a_list_or_in_full(hub: Served, browse: Browse) -> None:
    ids = identities(hub)
    hub.get("D001", "/v1/customers", params={"q": "Петров Иван"})
    hub.get("steward", f"/v1/customers/{ids['2']}")
    hub.get("steward", f"/v1/customers/{ids['1']}")
    rita = browse("rita")
    found = rita.get(f"/audit?target={ids['2']}").text.split("<tbody>")[1]
    assert found.count("<tr>") == 2
    assert "search_customers" in found
    assert "read_customer" in found
    listed = rita.get("/audit?actor=api:key1").text.split("<tbody>")[1]
    assert listed.count("<tr>") == 2
    assert "D001" not in listed
    assert "Петров" not in rita.get("/audit").text
    assert "read_audit" in rita.get("/audit").text  # who reads the log is in it


def test_the_log_in_pages_and_by_day_with_the_state_of_its_chain(hub: Served, browse: Browse) -> None:
    with hub.db.worker() as conn:
        conn.execute(
            sa.text("""INSERT INTO audit (at, actor, role, action)
                       SELECT '2026-03-01Z'::timestamptz + n * interval '1 minute', 'api:old', 'steward', 'read_customer'
                       FROM generate_series(1, 120) n""")
        )
    olga = browse("olga")
    page = olga.get("/audit?since=2026-03-01&until=2026-03-01")
    assert page.text.count("api:old<") == 50
    assert "Not sealed yet" in page.text
    following = page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert olga.get(following).text.count("api:old<") == 50
    assert olga.get("/audit?until=2026-02-28&actor=api:old").text.count("api:old<") == 0
    assert olga.get("/audit?since=tomorrow").status_code == 422
    sealed = seal_audit(hub.db, hub.app.state.settings.home)
    assert f"{sealed} " in " ".join(olga.get("/audit").text.split()).replace(". Not", " . Not")
    assert "audit verify" in olga.get("/audit").text
    file = olga.client.get("/audit?format=csv&table=audit&actor=api:old")
    assert file.text.count("api:old") == 120


@pytest.mark.parametrize("login", ["anna", "ivan"])
def test_the_log_is_for_head_office_and_auditors(browse: Browse, login: str) -> None:
    assert browse(login).get("/audit").status_code == 403
