"""The consent ledger on real tables: what counts of a feed, merges, unmerges, transfer."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from hub.contact.consent import LEGAL, controller_of
from hub.contact.policy import start_policy
from hub.store.consents import add_statement, consent_states, ledger, load_statements, transfers
from hub.store.engine import Database
from hub.store.uploads import enter
from tests.contact_world import NOW, World, identity

DAY = timedelta(days=1)
REACH = start_policy().reach


def status(world: World, golden: int, dealer: str | None = "D001", purpose: str = "marketing") -> str:
    found = consent_states(world.conn, [golden], controller_of(dealer), purpose, "phone", NOW, REACH)
    return found[golden].status


def by_api(world: World, record: object, state: str, purpose: str = "marketing", dealer: str | None = None) -> None:
    entry = enter(world.conn, "consent", dealer, NOW, "test", {})
    add_statement(
        world.conn,
        {
            "entry_id": entry, "party": record, "dealer": dealer, "controller": "dealer" if dealer else "importer",
            "controller_dealer": dealer, "purpose": purpose, "channel": "any", "status": state, "at": NOW,
            "received_at": NOW, "author": "test", "wording_version": None, "evidence": None, "expires_at": None,
        },
    )  # fmt: skip


CASES = {
    "nothing": ([], "unknown"),
    "granted": ([{"status": "granted"}], "granted"),
    "granted, and gone from the dealer's file": ([{"status": "granted", "ended_upload_id": 1}], "unknown"),
    "withdrawn, and gone from the dealer's file": ([{"status": "withdrawn", "ended_upload_id": 1}], "withdrawn"),
    "a withdrawal that the dealer wrote over": (
        [{"status": "granted", "at": NOW - 9 * DAY}, {"status": "withdrawn", "at": NOW - 5 * DAY, "table": "consents_history"}],
        "withdrawn",
    ),
    "a consent that the dealer wrote over": ([{"status": "granted", "table": "consents_history"}], "unknown"),
    "granted tomorrow: believed from today": (
        [{"status": "granted", "at": NOW + DAY, "received_at": NOW - 3 * DAY}, {"status": "withdrawn", "at": NOW - 2 * DAY}],
        "withdrawn",
    ),
    "without a time: as of its upload": (
        [{"status": "withdrawn", "at": None, "received_at": NOW - DAY}, {"status": "granted", "at": NOW - 2 * DAY}],
        "withdrawn",
    ),
    "withdrawn without saying what": ([{"status": "withdrawn", "purpose": None}], "unknown"),
    "granted without saying what": ([{"status": "granted", "purpose": None}], "unknown"),
    "for no channel: for all": ([{"status": "withdrawn", "channel": None}], "withdrawn"),
    "to nobody in particular: to the dealer": ([{"status": "granted", "controller": None}], "granted"),
    "to the importer": ([{"status": "granted", "controller": "importer"}], "unknown"),
}  # fmt: skip


@pytest.mark.parametrize("label", CASES)
def test_what_a_feed_amounts_to(db: Database, label: str) -> None:
    rows, expected = CASES[label]
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        for row in rows:
            world.consent("D001", "1", **{"at": NOW - DAY, **row})  # type: ignore[arg-type]
        assert status(world, golden) == expected


def test_a_withdrawal_without_a_purpose_means_no_contact_at_all(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        world.consent("D001", "1", "withdrawn", NOW - DAY, purpose=None)
        assert status(world, golden, purpose="any") == "withdrawn"


def test_merge_keeps_the_strictest_and_unmerge_takes_apart(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        one, other = world.customer("D001", "1"), world.customer("D002", "7")
        world.consent("D001", "1", "granted", NOW - DAY)
        world.consent("D002", "7", "withdrawn", NOW - 9 * DAY)
        assert (status(world, one), status(world, other, "D002")) == ("granted", "withdrawn")
        world.move(other, one)
        assert (status(world, one), status(world, one, "D002")) == ("withdrawn", "withdrawn")
        world.move(other, other)
        assert (status(world, one), status(world, other, "D002")) == ("granted", "withdrawn")


def test_what_came_by_the_api_follows_its_record(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        one, other = world.customer("D001", "1"), world.customer("D002", "7", golden=None)
        world.move(other, one)
        by_api(world, identity("D002", "7"), "withdrawn", dealer="D002")
        assert status(world, one) == "withdrawn"
        world.move(other, other)
        assert (status(world, one), status(world, other)) == ("unknown", "withdrawn")


def test_opted_out_binds_that_dealer(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1", opted_out=True)
        world.customer("D002", "7", golden=golden)
        world.consent("D001", "1", "granted", NOW)
        assert (status(world, golden), status(world, golden, "D002"), status(world, golden, None)) == (
            "withdrawn", "unknown", "unknown",
        )  # fmt: skip


def test_a_number_used_again_starts_without_consents(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1", incarnation=1, first_seen=NOW - 5 * DAY)
        world.consent("D001", "1", "granted", NOW - 20 * DAY, received_at=NOW - 20 * DAY)
        assert status(world, golden) == "unknown"
        world.consent("D001", "1", "granted", NOW - 3 * DAY, received_at=NOW - 3 * DAY)
        assert status(world, golden) == "granted"


def test_consents_follow_a_record_to_its_new_number(db: Database) -> None:
    """The dealer changed its DMS ten days ago: 1 became 2, and 2 became 1."""
    changed = (NOW - 10 * DAY).date()
    with db.worker() as conn:
        world = World(conn)
        anna = world.customer("D001", "2", incarnation=1)
        boris = world.customer("D001", "1", incarnation=1)
        for rid, old, new in ((anna, "1", "2"), (boris, "2", "1")):
            entry = enter(conn, "rekey", "D001", NOW, "test", {})
            conn.execute(
                sa.text("INSERT INTO rekeyed VALUES (:entry, 'D001', 'customers', :day, :rid, :old, 0, :new, 1)"),
                {"entry": entry, "day": changed, "rid": rid, "old": old, "new": new},
            )
        world.consent("D001", "1", "withdrawn", NOW - 30 * DAY, received_at=NOW - 30 * DAY)
        world.consent("D001", "1", "granted", NOW - 3 * DAY, received_at=NOW - 3 * DAY)
        assert (status(world, anna), status(world, boris)) == ("withdrawn", "granted")
        by_api(world, identity("D001", "2"), "granted", dealer="D001")
        assert (status(world, anna), len(ledger(conn, anna))) == ("granted", 2)


def test_a_record_that_was_not_matched_yet_is_a_party_of_its_own(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        rid = world.customer("D001", "1")
        conn.execute(sa.text("DELETE FROM membership"))
        world.consent("D001", "1", "granted", NOW - DAY)
        assert status(world, rid) == "granted"


def test_sets_are_answered_whole(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        goldens = [world.customer("D001", str(number)) for number in range(20)]
        world.consent("D001", "3", "granted", NOW - DAY)
        found = consent_states(conn, goldens, controller_of("D001"), "marketing", "sms", NOW, REACH)
        assert [golden for golden in goldens if found[golden].status == "granted"] == [goldens[3]]
        assert list(load_statements(conn, goldens)) == [goldens[3]]


TRANSFERS = {
    "nothing": ([], (True, "unknown"), (True, "unknown")),
    "granted": ([("granted", "transfer", "importer")], (True, "granted"), (True, "granted")),
    "withdrawn": ([("withdrawn", "transfer", "dealer")], (False, "transfer_withdrawn"), (False, "transfer_withdrawn")),
    "processing withdrawn at one": (
        [("withdrawn", "processing", "dealer")], (False, "processing_withdrawn"), (True, "unknown"),
    ),
    "recall withdrawn": ([("withdrawn", "recall", "dealer")], (True, "unknown"), (True, "unknown")),
}  # fmt: skip


@pytest.mark.parametrize("label", TRANSFERS)
def test_may_a_persons_data_go_to_a_dealer(db: Database, label: str) -> None:
    rows, first, second = TRANSFERS[label]
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        for state, purpose, controller in rows:
            world.consent("D001", "1", state, NOW - DAY, purpose=purpose, controller=controller, channel="phone")
        found = transfers(conn, [golden], ["D001", "D002"], NOW)
        got = [(found[golden, dealer].allowed, found[golden, dealer].reason) for dealer in ("D001", "D002")]
        assert got == [first, second]


def test_a_legal_stop_stops_transfers_too(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        by_api(world, identity("D001", "1"), "withdrawn", LEGAL)
        assert transfers(conn, [golden], ["D002"], NOW)[golden, "D002"].reason == "legal_stop"


def test_the_ledger_keeps_everything_with_its_proof(db: Database) -> None:
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        world.customer("D002", "7", golden=golden, opted_out=True)
        world.consent("D001", "1", "granted", NOW - 9 * DAY, table="consents_history", received_at=NOW - 8 * DAY)
        world.consent("D001", "1", "withdrawn", NOW - DAY, evidence="scan-1.pdf", wording_version="2025-1")
        by_api(world, identity("D002", "7"), "granted", dealer="D002")
        lines = ledger(conn, golden)
        assert [(line.holder, line.status) for line in lines] == [
            ("D002", "withdrawn"), ("D001", "granted"), ("D001", "withdrawn"), ("D002", "granted"),
        ]  # fmt: skip
        assert {(line.evidence, line.wording_version) for line in lines if line.evidence} == {("scan-1.pdf", "2025-1")}
        assert {line.holder for line in ledger(conn, golden, "D001")} == {"D001"}
        assert load_statements(conn, [uuid4().int % 10**9]) == {}
