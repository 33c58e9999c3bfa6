"""What the demo shows of prospects: conflicts found and settled, and another policy tried on the network's last year."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from hub.flows.simulate import Simulation, simulate, simulation_page
from hub.prospects.policy import Policy, load
from hub.store.engine import Database
from hub.store.prospects import prospect_counts

POLICY = files("hub.demo") / "policy.yml"
YEAR = timedelta(days=365)


def show(db: Database, folder: Path, at: datetime) -> tuple[list[tuple[str, Any]], Simulation]:
    """Rows of the demo's summary, and the policy tried; its chart goes to ``folder``/policy.svg, its page to policy.html."""
    with db.worker() as conn:
        counts = prospect_counts(conn, at)
    found = simulate(db, demo_policy(), at - YEAR, at)
    (folder / "policy.svg").write_text(found.chart(), encoding="utf-8")
    (folder / "policy.html").write_text(simulation_page(found), encoding="utf-8")
    return [
        ("prospects that a dealer holds", counts["held"]),
        ("conflicts of claims found", counts["conflicts"]),
        ("of these settled by a rule", counts["settled"]),
        ("of these waiting for a person", counts["conflicts"] - counts["settled"]),
        ("households", counts["households"]),
    ], found


def demo_policy() -> Policy:
    """The policy that the demo tries."""
    return load(POLICY.read_text(encoding="utf-8"), POLICY.name)
