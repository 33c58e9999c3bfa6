"""Trials of policies: what is asked is kept, how far it is told, and a failure is told without its data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import Invalid, NotFound
from hub.flows.policies import activate
from hub.flows.try_policy import begin_trial, run_trial
from hub.prospects.policy import load
from hub.store.engine import Database
from hub.store.policies import policy_version
from hub.store.trials import find_trial, latest_trials

NOW = datetime.now(UTC)
BODY = "version: mine\nclaims: {silence: 10d}\n"


def test_a_trial_of_an_empty_base_ends_with_nothing_changed(db: Database) -> None:
    trial_id = begin_trial(db, BODY, NOW - timedelta(days=30), "user:olga", NOW)
    run_trial(db, trial_id)
    with db.api("auditor") as conn:
        found = find_trial(conn, trial_id)
        assert [row["policy"] for row in latest_trials(conn, 5)] == ["mine"]
    assert found is not None
    assert (found["problem"], found["result"]["changes"], found["result"]["against"]) == (None, 0, "start-1")
    with db.api("dealer", "D001") as conn:
        assert find_trial(conn, trial_id) is None


def test_a_text_that_is_no_policy_is_not_begun(db: Database) -> None:
    with pytest.raises(Invalid, match=r"claims\.silence"):
        begin_trial(db, BODY.replace("10d", "soon"), NOW - timedelta(days=30), "user:olga", NOW)
    with db.worker() as conn:
        assert latest_trials(conn, 5) == []


def test_a_failure_is_told_and_ends_the_trial(db: Database) -> None:
    trial_id = begin_trial(db, BODY, NOW + timedelta(days=30), "user:olga", NOW)
    run_trial(db, trial_id)
    with db.worker() as conn:
        found = find_trial(conn, trial_id)
    assert found is not None
    assert found["finished_at"] is not None
    assert "a day in the past" in found["problem"]
    with pytest.raises(NotFound):
        run_trial(db, trial_id + 1)


def test_a_planned_policy_is_not_in_force_yet(db: Database) -> None:
    activate(db, load(BODY, "mine"), NOW + timedelta(days=3), "user:olga", now=NOW)
    with db.worker() as conn:
        assert policy_version(conn).version == "start-1"
        assert policy_version(conn, "mine").active_from == NOW + timedelta(days=3)
