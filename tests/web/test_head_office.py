"""Head office's pages over real HTTP: what it decides, what is exported, and that an auditor only reads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hub.flows.scorecard import write_figures
from hub.store.audit import entries
from hub.store.policies import list_policies
from tests.api.serving import Served
from tests.web.browser import Browser
from tests.web.rivals import make_rivals, open_appeal

Browse = Callable[..., Browser]
PAGES = (
    "/",
    "/dealers",
    "/dealers/D001",
    "/conflicts",
    "/conflicts/appeals",
    "/conflicts/abuse",
    "/policy",
    "/leads/network",
)


@pytest.mark.parametrize("path", PAGES)
def test_an_auditor_reads_and_a_dealer_does_not(browse: Browse, path: str) -> None:
    page = browse("rita").get(path)
    assert page.status_code == 200
    forms = set(re.findall(r'<form[^>]*method="post" action="([^"]*)"', page.text))
    assert forms <= {"/language", "/sign-out"}, "an auditor changes nothing"
    if path != "/":
        assert browse("ivan").get(path).status_code == 403


def test_the_overview_shows_the_nights_figures_and_what_waits(hub: Served, browse: Browse) -> None:
    assert "The nightly run fills this" in browse("olga").get("/").text
    write_figures(hub.db, datetime.now(UTC).date(), datetime.now(UTC))
    page = browse("olga").get("/").text
    assert "<strong>5</strong> records of dealers" in page
    assert "<strong>4</strong> golden records" in page
    assert page.count('data-chart="') >= 3


def test_dealers_are_sorted_and_exported(browse: Browse) -> None:
    olga = browse("olga")
    for order, first in (("rows", "D001"), ("-rows", "D001"), ("-name", "D002"), ("nonsense", "D001")):
        page = olga.get(f"/dealers?sort={order}").text
        assert page.split('href="/dealers/D')[1].startswith(first[1:]), order
    file = olga.get("/dealers?sort=-name&table=dealers&format=csv&days=30")
    assert [line.split(",")[0] for line in file.text.splitlines()[1:]] == ["D002", "D001"]
    assert olga.get("/dealers/D999").status_code == 404


def test_a_scorecard_says_what_to_improve(hub: Served, browse: Browse) -> None:
    write_figures(hub.db, datetime.now(UTC).date(), datetime.now(UTC))
    page = browse("olga").get("/dealers/D002").text
    assert "What to improve" in page
    assert "Many customers have no consent on record." in page
    assert "/uploads/" in page


def test_head_office_decides_a_conflict_and_the_log_has_it(hub: Served, browse: Browse) -> None:
    make_rivals(hub)
    olga = browse("olga")
    listed = olga.get("/conflicts?state=live").text
    address = re.findall(r'href="(/conflicts/[0-9a-f-]{36})"', listed)[0]
    named = re.findall(r'href="/customers/[0-9a-f-]{36}">([^<]+)<', listed)
    assert named, "customers stand in the list"
    assert not [name for name in named if re.fullmatch("[0-9a-f-]{36}", name)], "by their names, not by ids"
    page = olga.get(address).text
    assert "protected claim" in page
    assert "+7" not in page, "of the customer a conflict shows the name alone"
    answer = olga.send(address, dealer="D002", reason="its manager was asked for")
    assert "Your ruling is in force" in answer.text
    assert re.search(r"Holds it</dt><dd><strong><a[^>]*>D002<", answer.text)
    with hub.db.worker() as conn:
        done = [(e.actor, e.action, e.target, e.reason) for e in entries(conn, None, 10)]
    assert ("user:olga", "rule_on_conflict", address.rsplit("/", 1)[1], "its manager was asked for") in done
    assert olga.get("/conflicts?rule=ruling").text.count(address) == 1
    assert olga.get("/conflicts?dealer=D009").text.count("No conflict fits") == 1
    assert browse("rita").client.post(address, data={"dealer": "D001", "reason": "no right"}).status_code == 403


def test_a_ruling_for_a_stranger_is_refused_on_the_page(hub: Served, browse: Browse) -> None:
    make_rivals(hub)
    olga = browse("olga")
    address = re.findall(r'href="(/conflicts/[0-9a-f-]{36})"', olga.get("/conflicts").text)[0]
    olga.get(address)
    answer = olga.send(address, dealer="D777", reason="why not")
    assert answer.status_code == 422
    assert "has no claim in this conflict" in answer.text


@pytest.mark.parametrize(("verdict", "outcome"), [("grant", "granted"), ("refuse", "refused")])
def test_an_appeal_is_answered_once(hub: Served, browse: Browse, verdict: str, outcome: str) -> None:
    make_rivals(hub)
    appeal = open_appeal(hub, "D002")
    olga = browse("olga")
    assert f"/conflicts/appeals/{appeal}" in olga.get("/conflicts/appeals").text
    page = olga.get(f"/conflicts/appeals/{appeal}").text
    assert "we had called first" in page
    assert re.search(r'href="/conflicts/[0-9a-f-]{36}"', page)
    olga.send(f"/conflicts/appeals/{appeal}", verdict=verdict, reason="the calls say so")
    assert "No appeal fits" in olga.get("/conflicts/appeals").text
    assert outcome in olga.get("/conflicts/appeals?state=answered").text
    assert "/conflicts/appeals/1" not in olga.get("/conflicts/appeals/999999").text
    assert olga.get("/conflicts/appeals/999999").status_code == 404


def test_a_policy_is_tried_then_planned_or_put_in_force(hub: Served, browse: Browse) -> None:
    make_rivals(hub)
    olga = browse("olga")
    text = olga.get("/policy").text.split("<textarea")[1].split(">", 1)[1].split("</textarea>")[0].replace("&#39;", "'")
    wrong = olga.send("/policy/trials", body=text.replace("provisional: 72h", "provisional: 9x"), since="2026-01-01")
    assert wrong.status_code == 422
    assert "claims.provisional" in wrong.text
    assert "9x" in wrong.text.split("<textarea")[1], "what was typed is kept"
    olga.get("/policy")
    mine = (
        text.replace("version: start-1", "version: mine-1")
        .replace("- protected_claim\n", "")
        .replace("- only_claim\n", "")
    )
    page = olga.send("/policy/trials", body=mine, since="2026-01-01")
    address = page.url.path
    for _ in range(200):
        if "Put it in force" in page.text:
            break
        page = olga.get(address)
    assert "mine-1 instead of start-1" in page.text
    assert olga.get(f"{address}?table=policy-changes&format=csv").text.count("\n") >= 2
    olga.get(address)
    assert "does not judge what is past" in olga.send(address, reason="as agreed", active_from="2026-01-01").text
    olga.get(address)
    assert "It decides from its day on" in olga.send(address, reason="as agreed", active_from="2099-01-01").text
    with hub.db.worker() as conn:
        assert [one.version for one in list_policies(conn)] == ["start-1", "mine-1"]
    assert "to come" in browse("rita").get("/policy").text


def test_a_held_file_is_judged_with_a_reason(hub: Served, browse: Browse) -> None:
    with hub.db.worker() as conn:
        conn.exec_driver_sql(
            "UPDATE upload SET status = 'held', reason = 'cut' WHERE upload_id = (SELECT min(upload_id) FROM upload)"
        )
    olga = browse("olga")
    page = olga.get("/uploads?status=held").text
    assert "<td>cut</td>" in page
    address = page.split('<th scope=row><a href="')[1].split('"')[0]
    shown = olga.get(address).text
    assert "there is nothing to compare with" in shown
    form = shown.split('method="post" action="/uploads/')[1].split('"')[0]
    assert "released" in olga.send(f"/uploads/{form}", verdict="release", reason="the dealer closed a branch").text


def test_leads_nobody_got_and_a_reassignment_that_is_looked_at_first(hub: Served, browse: Browse) -> None:
    olga = browse("olga")
    body = {"full_name": "Ким Олег", "phones": ["+79161112233"], "brand": "Lada"}
    sent = hub.post("routing", "/v1/leads", json=body, headers={"Idempotency-Key": "one"})
    assert sent.status_code in (200, 201), sent.text
    lead = sent.json()["lead_id"]
    listed = olga.get("/leads/network?state=all").text
    assert lead in listed
    assert ">Ким Олег</a>" in listed, "customers stand in the list by their names"
    page = olga.get(f"/leads/network/{lead}").text
    assert ">Ким Олег</a>" in page
    assert "111" not in page, "and by nothing else of theirs"
    assert "Who could have it, and who could not" in page
    assert "D001" in page.partition("Who could have it")[2]
    olga.send(f"/leads/network/{lead}", dealer="D001", reason="asked for it")
    assert lead in olga.get("/leads/network?state=open&dealer=D001").text
    olga.get("/leads/network")
    seen = olga.send("/leads/network/reassign", dealer="D001", reason="closed for a week").text
    assert "Nothing is done yet" in seen
    assert lead in seen
    assert lead in olga.get("/leads/network?state=open&dealer=D001").text
    olga.get("/leads/network")
    olga.send("/leads/network/reassign", dealer="D001", reason="closed for a week")
    assert "Done." in olga.send("/leads/network/reassign").text
    assert lead not in olga.get("/leads/network?state=open&dealer=D001").text
