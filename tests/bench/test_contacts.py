"""The benchmarks of contacts on a small base: they run, and what they count is right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from hub.bench import permission, reserve
from hub.bench.contact_base import code, fill
from hub.bench.options import Options
from hub.flows.permit import HALF, Request, permit, permit_all
from hub.store.contact_parties import Reference
from hub.store.contact_records import FEW
from hub.store.engine import Database
from hub.store.reservations import add_reservations, double_grants
from hub.store.uploads import enter
from tests.contact_world import NOW, World, identity


def test_the_base_holds_all_that_rules_look_at(db: Database) -> None:
    with db.worker() as conn:
        network = fill(conn, 3_000, 5, NOW)
        parties = [Reference(dealer=code(0), record_no=number) for number in network.records_of(0, 1000)]
        answers = permit(conn, Request("marketing", "phone", parties, code(0), guarded=True), NOW).answers
    codes = {reason.code for answer in answers for reason in answer.verdict.reasons}
    assert {"consent_granted", "consent_withdrawn", "consent_unknown", "not_now", "cap"} <= codes
    assert "unknown_party" not in codes


def test_many_people_are_answered_as_each_is_alone(db: Database) -> None:
    """Gathered and looked up, by one connection and by two, by number and by id: one answer."""
    with db.worker() as conn:
        network = fill(conn, 4_000, 5, NOW)
    by_number = [Reference(dealer=code(0), record_no=number) for number in network.records_of(0, 2 * HALF)]
    by_id = [Reference(golden_id=UUID(one)) for one in network.ids(2 * HALF, 1)]
    requests = (
        Request("marketing", "phone", by_number, code(0), guarded=True),
        Request("test_drive", "email", by_id, code(1)),
        Request("service", "sms", [*by_id[:HALF], *by_number[:HALF]]),
    )
    for request in requests:
        with db.worker() as conn:
            whole = permit(conn, request, NOW)
            groups = [request.parties[at : at + FEW] for at in range(0, 2 * HALF, FEW)]
            single = [permit(conn, replace(request, parties=group), NOW).answers for group in groups]
        assert len(whole.answers) == len(request.parties)
        assert whole.answers == [answer for group in single for answer in group]
        assert whole == permit_all(db, request, NOW)


SPANS = {
    "one after the other": ([(0, 10, None), (10, 20, None)], 0),
    "at once": ([(0, 10, None), (9, 20, None)], 1),
    "released before": ([(0, 10, (5, "released")), (6, 20, None)], 0),
    "confirmed before": ([(0, 10, (5, "confirmed")), (60, 70, None)], 1),
    "within a longer one": ([(0, 60, None), (10, 20, None), (30, 40, None)], 2),
}


@pytest.mark.parametrize("label", SPANS)
def test_double_grants_are_found(db: Database, label: str) -> None:
    spans, expected = SPANS[label]
    with db.worker() as conn:
        world = World(conn)
        golden = world.customer("D001", "1")
        world.customer("D002", "7", golden=golden)
        for number, (begin, end, ended) in enumerate(spans):
            entry = enter(conn, "reservation", None, NOW, "test", {})
            common = {
                "entry_id": entry, "dealer": "D001", "channel": "phone", "purpose": "test_drive", "campaign": None,
                "priority": 5, "at": NOW, "policy": "p", "reserved_at": NOW + timedelta(minutes=begin),
                "expires_at": NOW + timedelta(minutes=end),
            }  # fmt: skip
            record = identity(*(("D001", "1") if number % 2 else ("D002", "7")))
            add_reservations(conn, [identity("r", str(number))], [record], common)
            if ended:
                world._run(
                    "UPDATE reservation SET ended_at = :at, ended_by = :by WHERE entry_id = :entry",
                    at=NOW + timedelta(minutes=ended[0]), by=ended[1], entry=entry,
                )  # fmt: skip
        assert double_grants(conn, "test_drive") == expected


def test_the_benchmarks_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permission, "WARM", 0.2)
    monkeypatch.setattr(permission, "SECONDS", 0.5)
    found = permission.measure(Options(rows=2_000))
    assert [row[-1] for row in found.rows] == [0, 0, 0, 0]
    reserved = dict(zip(reserve.COLUMNS, reserve.measure(Options(rows=600)).rows[0], strict=True))
    assert reserved["double grants"] == 0
    assert reserved["granted"] > 20
    assert 0 < reserved["confirmed"] <= reserve.PEOPLE
