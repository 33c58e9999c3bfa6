"""`dealerhub leads`: what a person at head office types."""

from __future__ import annotations

from pathlib import Path

from hub.routing.policy import start_text
from hub.store.engine import Database
from tests.cli.conftest import Command
from tests.flows.routing_world import add_dealers, send


def test_a_lead_is_listed_shown_and_moved_on(dealerhub: Command, db: Database) -> None:
    add_dealers(db, "A", "B", "C")
    lead = send(db)
    assert "offered" in dealerhub("leads").out
    shown = dealerhub("leads", "show", lead.lead_id).out
    assert "Several dealers are as good" in shown
    assert "offered" in shown
    assert "2 steps of 1 leads" in dealerhub("leads", "tick", "--at", "2026-11-20T10:00").out
    assert dealerhub("leads", "--state", "offered").out.count(str(lead.lead_id)) == 1
    missing = dealerhub("leads", "show", "00000000-0000-0000-0000-000000000000")
    assert (missing.code, "no such lead" in missing.err) == (2, True)


def test_reassigning_is_told_first(dealerhub: Command, db: Database) -> None:
    add_dealers(db, "A", "B")
    send(db)
    told = dealerhub("leads", "reassign", "--dealer", "A", "--reason", "test").out
    assert "1 leads would leave A, 0 stay. Do it with --apply." in told
    assert "1 leads left A" in dealerhub("leads", "reassign", "--dealer", "A", "--reason", "test", "--apply").out
    assert dealerhub("leads", "reassign", "--dealer", "Z", "--reason", "test").code == 2


def test_fairness_with_its_chart(dealerhub: Command, db: Database, tmp_path: Path) -> None:
    add_dealers(db, "A", "B")
    send(db)
    chart = tmp_path / "fairness.svg"
    out = dealerhub("leads", "fairness", "--since", "2026-11-01", "--until", "2026-12-01", "--svg", chart).out
    assert "2026-11-16" in out
    assert chart.read_text(encoding="utf-8").startswith("<svg")


def test_a_policy_is_checked_applied_and_shown(dealerhub: Command, db: Database, tmp_path: Path) -> None:
    mine = tmp_path / "mine.yml"
    mine.write_text(start_text().replace("version: start-1", "version: mine-1"), encoding="utf-8")
    assert "mine-1 is valid" in dealerhub("leads", "policy", "check", mine).out
    assert dealerhub("leads", "policy", "apply", mine).code == 0
    assert dealerhub("leads", "policy", "show").out == mine.read_text(encoding="utf-8")
    again = dealerhub("leads", "policy", "apply", mine)
    assert (again.code, "already" in again.err) == (2, True)
    mine.write_text("version: x", encoding="utf-8")
    assert dealerhub("leads", "policy", "check", mine).code == 2


def test_webhooks_and_the_dead_letter_list(dealerhub: Command, db: Database) -> None:
    add_dealers(db, "A")
    assert dealerhub("leads", "webhook", "A", "--url", "http://10.0.0.1/").code == 2
    secret = dealerhub("leads", "webhook", "A", "--url", "https://crm.dealer.example/leads").out.strip()
    assert len(secret) > 30
    assert dealerhub("leads", "dead").code == 0
    assert dealerhub("leads", "webhook", "A", "--remove").code == 0
    assert dealerhub("leads", "webhook", "Z", "--url", "https://x.example/").code == 2
    assert "0 delivered" in dealerhub("leads", "deliver").out
    assert "0 records restored" in dealerhub("leads", "replay").out
