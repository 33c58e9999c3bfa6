"""A rebuild brings the hub's own leads back from the ledger, as they were."""

from __future__ import annotations

import sqlalchemy as sa

from hub.flows.consolidate import consolidate
from hub.flows.export import golden_hash
from hub.flows.match import match
from hub.flows.replay_leads import replay_leads
from hub.store.engine import Database
from hub.store.leads import record_id
from tests.flows.routing_world import add_dealers, rows, send

LOST = ("leads", "party", "party_key", "membership", "golden", "dirty", "edge", "reopened", "review")


def test_records_come_back_with_their_ids(db: Database) -> None:
    add_dealers(db)
    for number in range(5):
        send(db, number, city="Москва", emails=f"x{number}@mail.ru", comments="Звонить после 18:00")
    send(db, 1)  # repeated: no record of its own
    match(db)
    consolidate(db)
    seen = "SELECT id, record_no, phones, emails, city, comments, first_seen FROM leads ORDER BY id"
    before, golden = rows(db, seen), golden_hash(db)
    assert replay_leads(db) == 0
    with db.worker() as conn:
        for table in LOST:
            conn.execute(sa.text(f"DELETE FROM {table}"))
    assert replay_leads(db) == 5
    match(db)
    consolidate(db)
    assert (rows(db, seen), golden_hash(db)) == (before, golden)
    assert rows(db, "SELECT count(*) FROM lead JOIN leads USING (rid) WHERE lead.lead_id = leads.id") == [(5,)]


def test_the_id_is_that_of_any_source_record(db: Database) -> None:
    add_dealers(db)
    lead = send(db)
    number = rows(db, "SELECT record_no FROM leads")[0][0]
    assert lead.lead_id == record_id(number)
    by_sql = "md5('@hub' || chr(31) || 'leads' || chr(31) || :no || chr(31) || 0)::uuid"
    assert rows(db, f"SELECT {by_sql}", no=number) == [(lead.lead_id,)]
