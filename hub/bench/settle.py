"""Whose prospect is whose: everything from scratch, a night's 1 %, and a policy tried on a year of leads."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hub.bench.apart import Cost, apart
from hub.bench.deployment import deployed
from hub.bench.options import Options
from hub.bench.prospect_base import change, fill
from hub.bench.report import Report
from hub.bench.server_watch import ServerWatch
from hub.flows.settle import settle
from hub.flows.simulate import simulate
from hub.prospects.policy import load
from hub.settings import Settings
from hub.store.engine import Database

PEOPLE, DEALERS, LEADS = 1_000_000, 300, 500_000
CHANGED = 0.01
NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
TARGETS = {"everything from scratch": 60, "after a night's 1 %": 3, "a policy tried on a year": 60}
TRIED = "version: tried\nclaims: {silence: 14d, protected: 60d}\nholds: {last_seller: 3y}\n"
Told = tuple[float, float, str]
Result = TypeVar("Result")


def measure(options: Options) -> Report:
    """Settle, change, settle, simulate."""
    people = options.rows or PEOPLE
    leads = max(people * LEADS // PEOPLE, 1000)
    with deployed() as hub:
        options.tell(f"A base of {people:,} golden records …")
        with Database.open(hub.settings) as db, db.worker() as conn:
            fill(conn, people, DEALERS, leads, NOW)
        hub.rest()
        rows, remarks = [], []
        for name, work in zip(TARGETS, (_scratch, _night, _simulation), strict=True):
            options.tell(f"{name} …")
            with ServerWatch(hub.server) as server:
                cost: Cost[Told] = apart(work, hub.settings, people, leads)
            seconds, cpu, said = cost.result
            target = f"≤ {TARGETS[name]}" if people == PEOPLE else "–"
            busy = [cpu, server.cpu_seconds if server.cpu_seconds is not None else "–"]
            rows.append([name, seconds, target, *busy, cost.peak_mib, server.peak_mib or "–"])
            remarks.append(f"{name[0].upper()}{name[1:]}: {said}.")
    about = (
        f"{people:,} golden records of {DEALERS} dealers with {leads:,} leads of one year and as many contacts, sales and "
        "service visits. Seconds from the call of the flow to its commit, in a process of its own."
    )
    return Report(
        about, ("work", "seconds", "target", "processor s", "PostgreSQL's", "peak MiB", "PostgreSQL MiB"), rows, remarks
    )


def _scratch(settings: Settings, people: int, leads: int) -> Told:
    with Database.open(settings) as db:
        (seconds, cpu), found = _timed(lambda: settle(db, NOW))
    return seconds, cpu, (f"{found.claims:,} claims, {found.conflicts:,} conflicts, {found.owned:,} spans of ownership")


def _night(settings: Settings, people: int, leads: int) -> Told:
    with Database.open(settings) as db:
        later = NOW + timedelta(days=1)
        with db.worker() as conn:
            count = change(conn, CHANGED, people, leads, later)
        (seconds, cpu), found = _timed(lambda: settle(db, later))
    return seconds, cpu, f"{count:,} people with new leads; {found.golden:,} golden records settled"


def _simulation(settings: Settings, people: int, leads: int) -> Told:
    now = NOW + timedelta(days=1)
    with Database.open(settings) as db:
        (seconds, cpu), found = _timed(lambda: simulate(db, load(TRIED), now - timedelta(days=365), now))
    told = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in found.summary().items())
    return seconds, cpu, told


def _timed(work: Callable[[], Result]) -> tuple[tuple[float, float], Result]:
    """Seconds by the clock and of our processor, and what came out."""
    began, spent = time.perf_counter(), time.process_time()
    found = work()
    return (time.perf_counter() - began, time.process_time() - spent), found
