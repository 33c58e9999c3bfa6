"""The law of the incremental match: a night that touches only what changed equals a full match of everything.

The limits are set low, so that in a small network blocks cross the cap and contact values become common and ordinary again.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.demo import DemoNetwork, generate
from hub.errors import Conflict, Invalid
from hub.flows import consolidate as consolidate_flow
from hub.flows import match as match_flow
from hub.flows.consolidate import consolidate
from hub.flows.decide import Word, decide, retract
from hub.flows.export import golden_hash
from hub.flows.match import match
from hub.flows.revoke import revoke
from hub.matching import candidates, frequency
from hub.matching.model import Model, dump, start_model
from hub.matching.train import EXTRA_FIELD
from hub.store.decisions import Filters, list_decisions
from hub.store.models import activate_model, install_model
from tests.flows.inbox import PEOPLE, Hub, Sent, person

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
STATE = {
    "edges": """SELECT least(a.id, b.id), greatest(a.id, b.id), e.weight FROM edge e
                JOIN party a ON a.rid = e.rid_a JOIN party b ON b.rid = e.rid_b ORDER BY 1, 2""",
    "partition": "SELECT p.id, g.id FROM membership m JOIN party p USING (rid) JOIN party g ON g.rid = m.golden ORDER BY 1",
    "golden": "SELECT to_jsonb(g) - 'golden' FROM golden g ORDER BY golden_id",
    "review": """SELECT least(a.id, b.id), greatest(a.id, b.id), r.reason, r.priority FROM review r
                 JOIN party a ON a.rid = r.rid_a JOIN party b ON b.rid = r.rid_b ORDER BY 1, 2""",
    "bonds": "SELECT entry_id, record, bond FROM judged ORDER BY 1, 2",
    "shared": "SELECT field, value, dealer, class FROM shared_value ORDER BY 1, 2, 3",
    "keys": "SELECT k.key, p.id FROM party_key k JOIN party p USING (rid) ORDER BY 1, 2",
}


@pytest.fixture(autouse=True)
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (candidates, match_flow):
        monkeypatch.setattr(module, "BLOCK_CAP", 6)
    monkeypatch.setattr(frequency, "COMMON", 3)
    monkeypatch.setattr(frequency, "PLACEHOLDER", 5)
    monkeypatch.setattr(frequency, "DEALER_PLACEHOLDER", 3)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> DemoNetwork:
    return generate(tmp_path_factory.mktemp("demo"), dealers=5, people=220, seed=3, plain=True)


def state(hub: Hub) -> dict[str, list[tuple[object, ...]]]:
    return {name: hub.rows(sql) for name, sql in STATE.items()}


def bring(hub: Hub, night: Path, dealers: list[str], day: date) -> None:
    for dealer in dealers:
        if (night / dealer).is_dir():
            shutil.copytree(night / dealer, hub.inbox / dealer, dirs_exist_ok=True)
    hub.night(day)
    match(hub.db)
    consolidate(hub.db)


def take_out(hub: Hub, dealer: str) -> None:
    """Revoke all that a dealer sent of its customers: the golden records of people whom nobody else knows go."""
    sql = "SELECT upload_id FROM upload WHERE dealer = :dealer AND feed = 'customers' AND status = 'accepted' ORDER BY day DESC"
    before = hub.rows("SELECT count(*) FROM golden")
    for (upload_id,) in hub.rows(sql, dealer=dealer):
        revoke(hub.db, hub.archive, hub.gate, int(str(upload_id)), "test")
    match(hub.db)
    consolidate(hub.db)
    assert hub.rows("SELECT count(*) FROM golden") < before


def rematch(hub: Hub) -> None:
    """Match everything anew."""
    with hub.db.worker() as conn:
        conn.execute(sa.text("DELETE FROM matched_with"))
    assert match(hub.db).full
    consolidate(hub.db)


def trained() -> Model:
    """A model such as `dealerhub model train --own` makes: relatives are told apart, further fields are evidence and keys."""
    start = start_model()
    fields = {**start.fields, "extra:employer": EXTRA_FIELD}
    kin = replace(fields["phones"], kin=fields["phones"].m)
    keys = (*start.keys, "city, extra:employer")
    return replace(
        start, version="own", kin=-17.0, extra=("employer",), fields={**fields, "phones": kin}, keys=keys, match=1.0
    )


@pytest.mark.parametrize("model", [start_model(), trained()], ids=["start", "own"])
def test_steps_of_a_network_equal_a_full_match(
    hub: Hub, network: DemoNetwork, monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    if model.version == "own":
        with hub.db.worker() as conn:
            install_model(conn, model.version, dump(model), AT)
            activate_model(conn, model.version)
    dealers = sorted(path.name for path in network.night1.iterdir())
    bring(hub, network.night1, dealers[:3], date(2026, 11, 20))
    for module in (match_flow, consolidate_flow):
        monkeypatch.setattr(module, "FULL_SHARE", 2.0)  # from here on, never everything
    for dealer in dealers[3:]:
        bring(hub, network.night1, [dealer], date(2026, 11, 20))
    for dealer in dealers:
        bring(hub, network.night2, [dealer], date(2026, 11, 21))
    take_out(hub, dealers[1])
    step_by_step, hashed = state(hub), golden_hash(hub.db)
    assert step_by_step["review"]
    assert step_by_step["shared"]
    rematch(hub)
    everything = state(hub)
    for name in STATE:
        assert step_by_step[name] == everything[name], name
    assert hashed == golden_hash(hub.db)


def say(hub: Hub, verdict: str, sql: str) -> int:
    """Judge the pairs of identities that a query gives; returns how many of them could be."""
    done = 0
    for a, b in hub.rows(sql):
        try:
            decide(hub.db, Word(verdict, [[str(a), str(b)]]), "steward", AT)
            done += 1
        except (Conflict, Invalid):
            continue
    return done


WAITING = """SELECT a.id, b.id FROM review JOIN party a ON a.rid = rid_a JOIN party b ON b.rid = rid_b
    ORDER BY priority DESC, a.id, b.id LIMIT 1"""
JOINED = """SELECT p.id, g.id FROM membership m JOIN party p USING (rid) JOIN party g ON g.rid = m.golden
    WHERE m.rid <> m.golden ORDER BY md5(p.id::text) LIMIT 6"""
STRANGERS = """WITH person AS (
        SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS n, row_number() OVER (ORDER BY md5(id::text || 'b')) AS m
        FROM party WHERE kind = 'person')
    SELECT a.id, b.id FROM person a JOIN person b ON b.m = a.n ORDER BY a.n LIMIT 6"""


def test_decisions_hold_through_all_that_follows(
    hub: Hub, network: DemoNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    dealers = sorted(path.name for path in network.night1.iterdir())
    bring(hub, network.night1, dealers[:3], date(2026, 11, 20))
    monkeypatch.setattr(match_flow, "FULL_SHARE", 2.0)
    monkeypatch.setattr(consolidate_flow, "FULL_SHARE", 2.0)
    said = [
        say(hub, "same", WAITING),
        say(hub, "different", WAITING),
        say(hub, "unsure", WAITING),
        say(hub, "different", JOINED),
        say(hub, "same", STRANGERS),
    ]
    assert all(said)
    assert not violated(hub)
    for dealer in dealers[3:]:
        bring(hub, network.night1, [dealer], date(2026, 11, 20))
    for number in hub.rows("SELECT entry_id FROM judgement WHERE entry_id % 3 = 0"):
        retract(hub.db, int(str(number[0])), "steward", AT)
    for dealer in dealers:
        bring(hub, network.night2, [dealer], date(2026, 11, 21))
    assert not violated(hub)
    step_by_step, hashed = state(hub), golden_hash(hub.db)
    rematch(hub)
    everything = state(hub)
    for name in STATE:
        assert step_by_step[name] == everything[name], name
    assert hashed == golden_hash(hub.db)
    assert not violated(hub)


def violated(hub: Hub) -> list[int]:
    """Judgements that stand, and that the golden records are not as."""
    with hub.db.worker() as conn:
        return [d.entry_id for d in list_decisions(conn, Filters(standing=True), None, 10_000) if not d.holds]


def test_a_second_match_changes_nothing(hub: Hub, network: DemoNetwork) -> None:
    bring(hub, network.night1, ["D001", "D002"], date(2026, 11, 20))
    before = hub.rows("SELECT ctid, xmin, golden FROM golden ORDER BY golden")
    assert match(hub.db).records == 0
    assert consolidate(hub.db).golden_changed == 0
    rematch(hub)
    assert hub.rows("SELECT ctid, xmin, golden FROM golden ORDER BY golden") == before


def meet(hub: Hub, *files: Sent) -> None:
    for file in files:
        hub.arrive(file)
    hub.stage()
    match(hub.db)
    consolidate(hub.db)


def file(name: str, day: date, rows: list[dict[str, object]], feed: str = "customers") -> Sent:
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return Sent(name, day, tuple(rows), datetime.combine(day, datetime.min.time(), UTC), True, feed, columns)


DAYS = [date(2026, 11, day) for day in (1, 2, 3)]


def never_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (match_flow, consolidate_flow):
        monkeypatch.setattr(module, "FULL_SHARE", 2.0)


def as_matched_anew(hub: Hub) -> bool:
    before = state(hub)
    rematch(hub)
    return before == state(hub)


def test_a_lead_without_a_name_follows_the_customer_that_it_names(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    never_everything(monkeypatch)
    lead = {"record_no": "L1", "customer_no": "26", "full_name": "", "brand": "VW", "created_at": ""}
    other = {"record_no": "L2", "customer_no": "7", "full_name": "Петрова Анна", "brand": "VW", "created_at": ""}
    meet(hub, file("leads.csv", DAYS[0], [lead, other], "leads"))
    meet(hub, file("customers.csv", DAYS[1], [person("26", "Иванов", "Пётр")]))
    assert hub.rows("SELECT count(*) FROM edge") == [(1,)]
    assert as_matched_anew(hub)
    meet(hub, file("customers_2.csv", DAYS[2], [person("26", "Частное лицо", "")]))
    assert hub.rows("SELECT count(*) FROM edge") == [(0,)]
    assert as_matched_anew(hub)


def test_the_phones_of_a_house_account_are_the_same_however_it_was_matched(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_everything(monkeypatch)
    phone = "+7 916 111-22-33"
    meet(
        hub,
        file("customers.csv", DAYS[0], [person("1", "Частное лицо", "", phones=phone), person("2", "Иванов", "Пётр")]),
    )
    crowd = [
        person(f"1{n}", last, "Олег", phones=phone)
        for n, last in enumerate(["Котов", "Жуков", "Титов", "Белов", "Носов"])
    ]
    meet(hub, file("customers_2.csv", DAYS[1], crowd))
    assert hub.rows("SELECT class FROM shared_value")
    assert as_matched_anew(hub)


def test_a_decision_holds_although_the_customer_s_first_record_was_just_taken_away(hub: Hub) -> None:
    ours, theirs = person("1", "Иванов", "Пётр", phones="+7 916 111-22-33"), person("2", "Котов", "Олег")
    first = hub.arrive(file("customers.csv", DAYS[0], [ours]))
    hub.arrive(file("customers_2.csv", DAYS[1], [ours, theirs]), "d2")
    hub.stage()
    match(hub.db)
    consolidate(hub.db)
    assert hub.rows("SELECT max(records) FROM golden") == [(2,)]
    revoke(hub.db, hub.archive, hub.gate, first, "test")
    left = [str(row[0]) for row in hub.rows("SELECT id FROM party ORDER BY id")]
    outcome = decide(hub.db, Word("same", [left]), "steward", AT)
    assert len(outcome.after) == 1
    match(hub.db)
    consolidate(hub.db)
    assert not violated(hub)
    assert as_matched_anew(hub)


FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)
TWICE = person("1", "Иванов", "Пётр", phones="+7 916 111-22-33", birth_date="1970-02-03", city="Тверь", region="Москва")
OTHERS = [{**dict.fromkeys(TWICE, ""), **other} for other in PEOPLE[1:]]


@pytest.mark.parametrize(
    ("then", "golden"),
    [
        ([{**TWICE, "region": "Тверская область"}, *OTHERS], {"region": "Тверская область", "active": True}),
        ([{**TWICE, "updated_at": "2026-11-01T10:00:00"}, *OTHERS], {"region": "Москва", "active": True}),
        (OTHERS, {"region": "Москва", "active": False}),
    ],
    ids=["region", "recency", "ended"],
)
def test_what_matching_does_not_see_is_no_reason_to_match(
    hub: Hub, then: list[dict[str, object]], golden: dict[str, object]
) -> None:
    """The golden record is made again nevertheless, and as a full match would make it."""
    hub.put("customers_2026-11-01.csv", [TWICE, *OTHERS])
    bring(hub, hub.inbox, [], FIRST)
    hub.put("customers_2026-11-02.csv", then)
    hub.night(SECOND)
    assert hub.rows("SELECT count(*) FROM dirty") == [(0,)]
    assert hub.rows("SELECT p.record_no FROM restated JOIN party p USING (rid)") == [("1",)]
    assert match(hub.db).records == 0
    assert consolidate(hub.db).records == 0
    [(made,)] = hub.rows("SELECT to_jsonb(g) FROM golden g WHERE last_name = 'Иванов'")
    assert {name: made[name] for name in golden} == golden  # type: ignore[index]
    assert hub.rows("SELECT count(*) FROM restated") == [(0,)]
    step_by_step, hashed = state(hub), golden_hash(hub.db)
    rematch(hub)
    assert state(hub) == step_by_step
    assert golden_hash(hub.db) == hashed


def test_a_change_that_matching_sees_restates_nothing(hub: Hub) -> None:
    hub.put("customers_2026-11-01.csv", [TWICE, *OTHERS])
    bring(hub, hub.inbox, [], FIRST)
    hub.put("customers_2026-11-02.csv", [{**TWICE, "birth_date": "1971-02-03", "region": "Тула"}, *OTHERS])
    hub.night(SECOND)
    assert hub.rows("SELECT p.record_no FROM dirty JOIN party p USING (rid)") == [("1",)]
    assert hub.rows("SELECT count(*) FROM restated") == [(0,)]


def test_a_record_of_many_phones_is_the_same_however_it_was_matched(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    never_everything(monkeypatch)
    many = "; ".join(f"+7 916 111-22-{n}" for n in range(30, 39))
    last = "+7 916 111-22-38"
    meet(
        hub, file("customers.csv", DAYS[0], [person("1", "Иванов", "Пётр", phones=many), person("2", "Шишкин", "Пётр")])
    )
    surnames = ["Котов", "Жуков", "Титов", "Белов", "Носов"]
    crowd = [person(f"1{n}", surname, "Олег", phones=last) for n, surname in enumerate(surnames)]
    meet(hub, file("customers_2.csv", DAYS[1], crowd))
    assert as_matched_anew(hub)
    meet(hub, file("customers_3.csv", DAYS[2], [person(f"1{n}", "Котов", "Олег", phones=last) for n in range(5)]))
    assert as_matched_anew(hub)
