"""Contacts and consents from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.contact.policy import start_text
from hub.store.engine import Database
from tests.cli.conftest import Command
from tests.contact_world import World, identity

PERSON = str(identity("D001", "1"))


@pytest.fixture
def person(db: Database) -> None:
    with db.worker() as conn:
        World(conn).customer("D001", "1")


def test_a_persons_consents_decide(dealerhub: Command, person: None) -> None:
    asked = ("contacts", "permission", "1", "404", "--dealer", "D001", "--purpose", "marketing", "--channel", "email")
    before = dealerhub(*asked)
    assert before.out.splitlines()[:2] == ["By the contact policy start-1:", "1: yes"]
    assert "404: no, and not by itself\n  - unknown_party" in before.out
    said = dealerhub("consents", "add", PERSON, "--purpose", "any", "--status", "withdrawn", "--evidence", "letter 17")
    assert (said.code, PERSON in said.out) == (0, True)
    assert "- do_not_contact: The person wants no contact." in dealerhub(*asked).out
    shown = dealerhub("consents", "show", PERSON)
    assert "letter 17" in shown.out
    assert json.loads(dealerhub("consents", "show", PERSON, "--json").out)[0]["evidence"] == "letter 17"


def test_a_policy_is_checked_and_applied(dealerhub: Command, person: None, tmp_path: Path) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(start_text().replace("version: start-1", "version: mine-1").replace(
        "marketing:  {consent: marketing, without: [unknown]", "marketing:  {consent: marketing, without: []"
    ), encoding="utf-8")  # fmt: skip
    assert "mine-1 is sound." in dealerhub("contacts", "policy", "check", file).out
    assert dealerhub("contacts", "policy", "apply", file).out == "mine-1 is in force.\n"
    again = dealerhub("contacts", "policy", "apply", file)
    assert (again.code, "known already" in again.err) == (2, True)
    late = dealerhub("contacts", "policy", "apply", file, "--at", "2020-01-01")
    assert (late.code, "from now on" in late.err) == (2, True)
    listed = dealerhub("contacts", "policy", "list").out
    assert "start-1" in listed
    assert "in force" in listed.split("mine-1")[1]
    assert dealerhub("contacts", "policy", "show").out.strip() == file.read_text(encoding="utf-8").strip()
    assert dealerhub("contacts", "policy", "show", "none").code == 2
    asked = dealerhub("contacts", "permission", PERSON, "--purpose", "marketing", "--channel", "email")
    assert "consent_missing" in asked.out


def test_what_is_wrong_is_told(dealerhub: Command, person: None) -> None:
    for words, message in (
        (("contacts", "permission", "1", "--purpose", "marketing", "--channel", "email"), "needs --dealer"),
        (("contacts", "permission", PERSON, "--purpose", "chat", "--channel", "email"), "Unknown purpose"),
        (("consents", "add", PERSON, "--purpose", "fun", "--status", "granted"), "Unknown purpose"),
        (("consents", "show", str(identity("x", "y"))), "no such person"),
    ):
        done = dealerhub(*words)
        assert (done.code, message in done.err) == (2, True)
