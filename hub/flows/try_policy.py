"""Try a policy on history beside other work: a row tells how far it is, and keeps what came of it for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hub.errors import HubError, NotFound
from hub.flows.simulate import Simulation, simulate, simulation_rows
from hub.prospects.policy import load
from hub.store import trials
from hub.store.engine import Database

MOST_ROWS = 20_000  # changes kept of a trial; the counts are of all


@dataclass(frozen=True)
class _Told:
    """Progress that goes into the trial's row, in transactions of its own."""

    db: Database
    trial_id: int

    def advance(self, step: str, done: int, total: int, dealer: str | None = None) -> None:
        """Keep how far it is."""
        with self.db.worker() as conn:
            trials.advance_trial(conn, self.trial_id, done, total)


def begin_trial(db: Database, body: str, since: datetime, author: str, at: datetime) -> int:
    """Check a policy and keep what is to be tried; returns the trial's number.

    Raises:
        Invalid: the policy cannot be read; the message names the place within it.
    """
    load(body, "policy")
    with db.worker() as conn:
        return trials.add_trial(conn, body, since, author, at)


def run_trial(db: Database, trial_id: int) -> None:
    """Do it, and keep the outcome, or why it failed.

    Raises:
        NotFound: there is no such trial.
    """
    with db.worker() as conn:
        trial = trials.find_trial(conn, trial_id)
    if trial is None:
        raise NotFound("There is no such trial.")
    try:
        policy = load(trial["body"], "policy")
        found = simulate(db, policy, trial["since"], datetime.now(UTC), _Told(db, trial_id))
        result, problem = _kept(db, found), None
    except HubError as error:
        result, problem = None, error.detail
    except Exception as error:  # whoever waits must be told; its text may hold anything
        result, problem = None, f"The hub failed on it ({type(error).__name__}). Try again, or tell the operator."
    with db.worker() as conn:
        trials.finish_trial(conn, trial_id, result, problem)


def _kept(db: Database, found: Simulation) -> dict[str, Any]:
    rows = simulation_rows(db, found)
    return {
        "policy": found.policy,
        "against": found.against,
        "until": found.until.isoformat(),
        "summary": found.summary(),
        "dealers": found.table().to_dicts(),
        "changes": len(rows),
        "rows": rows.head(MOST_ROWS).to_dicts(),
    }
