"""A hub with people whom a steward can judge."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from hub.flows.consolidate import consolidate
from hub.flows.decide import Outcome, Word, decide
from hub.flows.match import match
from tests.flows.inbox import Hub

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
STEWARD = "api:steward"


def person(number: str, last: str, first: str, **more: object) -> dict[str, object]:
    return {
        "record_no": number, "full_name": f"{last} {first}", "company_name": "", "phones": "", "birth_date": "",
        "tax_id": "", **more,
    }  # fmt: skip


# a: Ivanova at two dealers (one), b: her namesake without a sign of being her, c: strangers, d: a company, e: nobody
NORTH = [
    person("1", "Иванова", "Юлия Петровна", phones="+7 916 123-45-67", birth_date="1984-05-17"),
    person("2", "Петров", "Иван Сергеевич", phones="+7 903 765-43-21", birth_date="1979-02-11"),
    person("3", "", "", company_name="ООО «Вектор»", phones="+7 495 987-65-43"),
    person("4", "", "Частное лицо"),
    person("5", "Зуев", "Глеб Ильич", birth_date="1970-01-02"),
]
SOUTH = [
    person("1", "Иванова", "Юлия Петровна", phones="+7 916 123-45-67", birth_date="1984-05-17"),
    person("2", "Иванова", "Юлия", phones="+7 999 000-11-22"),
    person("3", "Сидоров", "Олег Львович", phones="+7 911 222-11-22", birth_date="1990-01-01"),
    person("4", "Петров", "Иван Сергеевич", phones="+7 903 765-43-21"),
    person("5", "Зуев", "Глеб Ильич", birth_date="1985-11-23"),
]


def peopled(hub: Hub) -> Hub:
    hub.put("customers_2026-11-01.csv", NORTH, "north")
    hub.put("customers_2026-11-01.csv", SOUTH, "south")
    hub.night()
    match(hub.db)
    consolidate(hub.db)
    return hub


def record(hub: Hub, name: str) -> str:
    """The identity of ``north/1``."""
    dealer, number = name.split("/")
    rows = hub.rows("SELECT id FROM party WHERE dealer = :d AND record_no = :n ORDER BY first_seen", d=dealer, n=number)
    return str(rows[-1][0])


def say(hub: Hub, verdict: str, *groups: Sequence[str] | str, **options: object) -> Outcome:
    """Decide on records by their names; a group is a list of names, or names with spaces between."""
    named = [[record(hub, name) for name in (g.split() if isinstance(g, str) else g)] for g in groups]
    return decide(hub.db, Word(verdict, named, **options), STEWARD, AT)  # type: ignore[arg-type]


def partition(hub: Hub) -> set[frozenset[str]]:
    """Which records stand together, by their names; those that stand alone are left out."""
    rows = hub.rows(
        "SELECT array_agg(p.dealer || '/' || p.record_no) FROM membership m JOIN party p USING (rid) GROUP BY m.golden"
    )
    return {frozenset(names) for (names,) in rows if len(names) > 1}  # type: ignore[arg-type]
