"""The consent ledger over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.serving import Served
from tests.contact_world import World, identity

NOBODY = "00000000-0000-0000-0000-000000000000"
FIRST = str(identity("D001", "1"))


@pytest.fixture
def hub(idle: Served) -> Served:
    """One person of two dealers."""
    with idle.db.worker() as conn:
        world = World(conn)
        world.customer("D002", "7", golden=world.customer("D001", "1"))
    return idle


def say(hub: Served, role: str, expect: int = 201, **changes: Any) -> dict[str, Any]:
    key = changes.pop("key", None)
    body = {
        "party": {"record_no": "1"}, "purpose": "marketing", "status": "granted", "controller": "dealer",
        "evidence": "scan-1.pdf", "wording_version": "2025-1", **changes,
    }  # fmt: skip
    answer = hub.post(role, "/v1/consents", json=body, headers={"Idempotency-Key": key} if key else {})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def permitted(hub: Served, role: str, number: str) -> bool:
    body = {"purpose": "marketing", "channel": "email", "parties": [{"record_no": number}]}
    return bool(hub.post(role, "/v1/contacts/permission", json=body).json()["permitted"])


def test_a_withdrawal_takes_effect_at_once_and_everywhere(hub: Served) -> None:
    assert permitted(hub, "D001", "1")
    say(hub, "D001")
    assert permitted(hub, "D002", "7")
    say(hub, "D002", party={"record_no": "7"}, status="withdrawn")
    assert not permitted(hub, "D001", "1")
    assert not permitted(hub, "D002", "7")
    say(hub, "D002", party={"record_no": "7"})  # granted again where it was withdrawn
    assert permitted(hub, "D001", "1")


def test_the_history_is_the_proof(hub: Served) -> None:
    say(hub, "D001", at=(datetime.now(UTC) - timedelta(days=3)).isoformat())
    say(hub, "head_office", controller="importer", status="withdrawn", party={"golden_id": FIRST})
    found = hub.get("head_office", f"/v1/consents/{FIRST}").json()
    assert [(one["holder"], one["status"], one["evidence"]) for one in found["statements"]] == [
        ("D001", "granted", "scan-1.pdf"), (None, "withdrawn", "scan-1.pdf"),
    ]  # fmt: skip
    assert {one["status"] for one in found["holds"]} == {"withdrawn"}
    own = hub.get("D001", f"/v1/consents/{FIRST}").json()
    assert [one["status"] for one in own["statements"]] == ["granted"]
    assert {one["status"] for one in own["holds"]} == {"granted"}
    asked = hub.get("auditor", f"/v1/consents/{FIRST}?dealer=D001").json()
    assert (asked["controller"], asked["dealer"]) == ("dealer", "D001")


def test_a_dealer_reaches_its_own_people_alone(hub: Served) -> None:
    theirs = str(identity("D002", "7"))
    for record in (theirs, NOBODY):
        assert hub.get("D001", f"/v1/consents/{record}").status_code == 404
        say(hub, "D001", 404, party={"golden_id": record})
    say(hub, "D001", 403, party={"record_no": "7", "dealer": "D002"})
    say(hub, "D001", 403, dealer="D002")
    say(hub, "D001", 403, purpose="legal", status="withdrawn")
    assert hub.get("D001", f"/v1/consents/{FIRST}?dealer=D002").status_code == 403


WRONG = {
    "a dealer without a name": {"controller": "dealer"},
    "a dealer that is none": {"controller": "dealer", "dealer": "D777"},
    "not said yet": {"controller": "importer", "at": "2199-01-01T00:00:00Z"},
    "a withdrawal that runs out": {
        "controller": "importer",
        "status": "withdrawn",
        "expires_at": "2199-01-01T00:00:00Z",
    },
    "a time without a zone": {"controller": "importer", "at": "2026-11-01T00:00:00"},
    "no such purpose": {"controller": "importer", "purpose": "fun"},
}


@pytest.mark.parametrize("label", WRONG)
def test_what_cannot_be_said(hub: Served, label: str) -> None:
    # `say` asserts the status
    say(hub, "head_office", 422, **{"party": {"golden_id": FIRST}, **WRONG[label]})


def test_a_legal_stop_stops_even_a_recall(hub: Served) -> None:
    say(hub, "head_office", purpose="legal", status="withdrawn", controller="importer", party={"golden_id": FIRST})
    body = {"purpose": "recall", "channel": "email", "parties": [{"record_no": "7"}]}
    found = hub.post("D002", "/v1/contacts/permission", json=body).json()
    assert [reason["code"] for reason in found["results"][0]["reasons"]] == ["not_permitted"]


def test_the_ledger_holds_who_and_when_and_only_grows(hub: Served) -> None:
    first = say(hub, "D001", key="c1")
    assert say(hub, "D001", key="c1") == first
    say(hub, "D001", 422, key="c1", status="withdrawn")
    with hub.db.worker() as conn:
        rows = conn.execute(
            sa.text("SELECT e.author, e.body ->> 'evidence' FROM entry e JOIN consent_entry USING (entry_id)")
        )
        assert [tuple(row) for row in rows] == [("api:key4", "scan-1.pdf")]
