from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dagster import AssetKey, DagsterRun, DagsterRunStatus

from hub.errors import HubError, Invalid
from hub.flows.export import golden_hash
from hub.settings import ROOT, Settings
from hub.store.engine import Database
from hub.store.migrate import migrate
from pipelines.definitions import defs
from pipelines.instance import open_instance, owner_tag, runs_in_progress
from pipelines.job import run_nightly

NIGHT = date(2026, 11, 20)
CANARY = "Канарейкин"
HEADING = "record_no,full_name,phones,emails,birth_date"


def send(inbox: Path, dealer: str, name: str, *rows: str) -> None:
    """A dealer's file of customers."""
    (inbox / dealer).mkdir(parents=True, exist_ok=True)
    (inbox / dealer / name).write_text("\n".join([HEADING, *rows, ""]), encoding="utf-8")


def row(db: Database, query: str) -> Any:
    with db.worker() as conn:
        return conn.execute(sa.text(query)).one()


def one(db: Database, query: str) -> Any:
    return row(db, query)[0]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two dealers who know one person, and one of them a row without a key among enough good ones."""
    folder = tmp_path / "inbox"
    good = [f"K{n},Сидоров{n} Пётр Ильич,+7916555{n:04},p{n}@mail.ru,1970-01-{n:02}" for n in range(1, 21)]
    send(folder, "d1", "customers.csv", "1,Иванов Иван Иванович,+79161234567,ivanov@mail.ru,1980-05-06", *good)
    send(folder, "d2", "customers.csv", "7,Иванов Иван Иванович,+79161234567,ivanov@mail.ru,1980-05-06", *good,
         f",{CANARY},12,нет,{CANARY}")  # fmt: skip
    return folder


def test_a_night_makes_golden_records_and_a_second_one_changes_nothing(
    settings: Settings, db: Database, inbox: Path
) -> None:
    first = run_nightly(settings, inbox, NIGHT)
    assert [step.name for step in first.steps] == [
        "start", "uploads", "source_records", "edges", "golden_records", "ownership", "receipts"
    ]  # fmt: skip
    assert first.results["source_records"].by_status() == {"accepted": 2}
    assert one(db, "SELECT count(*) FROM customers") == 42
    assert one(db, "SELECT count(DISTINCT golden) FROM membership WHERE rid IN (SELECT rid FROM customers"
               " WHERE full_name LIKE 'Иванов%')") == 1  # fmt: skip
    golden = one(db, "SELECT count(*) FROM golden")
    failed = {count.rule: count.failed for count in first.rules if count.failed}
    assert failed["record_no.missing"] == 1
    assert failed["birth_date.unreadable"] == 1
    assert first.results["source_records"].rows()["quarantined"] == 1
    assert len(list(settings.home.glob("receipts/d2/*_rejects.csv"))) == 1

    second = run_nightly(settings, inbox, NIGHT)
    assert second.run_id != first.run_id
    assert second.results["source_records"].verdicts == {}
    assert second.results["receipts"].receipts == 0
    assert one(db, "SELECT count(*) FROM golden") == golden


def test_the_run_is_kept_with_its_checks_and_without_personal_data(
    settings: Settings, db: Database, inbox: Path
) -> None:
    summary = run_nightly(settings, inbox, NIGHT)
    with open_instance(settings) as instance:
        run = instance.get_run_by_id(summary.run_id)
        assert run is not None
        assert run.status == DagsterRunStatus.SUCCESS
        events = instance.all_logs(summary.run_id)
        checks = {
            event.dagster_event.asset_check_evaluation_data.check_name
            for event in events
            if event.dagster_event and event.dagster_event.event_type_value == "ASSET_CHECK_EVALUATION"
        }
        assert "customers_pass_the_gate" in checks
        assert instance.get_materialized_partitions(AssetKey("source_records")) == {"d1", "d2"}
    assert files_with(settings.dagster_dir, CANARY) == []
    day, steps, counts = row(db, "SELECT day, steps, summary FROM run")
    assert day == NIGHT
    assert [step["name"] for step in steps][:2] == ["uploads", "source_records"]
    assert counts["uploads"]["registered"] == 2
    assert CANARY not in str(steps) + str(counts)


def test_one_dealer_can_be_run_again_alone(
    settings: Settings, db: Database, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_nightly(settings, inbox, NIGHT)
    monkeypatch.setenv("HUB_HOME", str(settings.home))
    monkeypatch.setenv("HUB_DATABASE_URL", str(settings.database_url))
    before = one(db, "SELECT count(*) FROM golden")
    with open_instance(settings) as instance:
        outcome = defs.resolve_job_def("nightly").execute_in_process(instance=instance, partition_key="d2")
    assert outcome.success
    assert one(db, "SELECT count(*) FROM golden") == before


def test_a_failed_step_is_told_without_values_and_the_next_run_takes_it_up(
    settings: Settings, db: Database, inbox: Path
) -> None:
    with db.owner() as conn:  # the database's own message quotes the row
        conn.execute(sa.text("ALTER TABLE golden ADD CONSTRAINT broken CHECK (full_name IS NULL) NOT VALID"))
    with pytest.raises(HubError) as caught:
        run_nightly(settings, inbox, NIGHT)
    assert "golden_records failed" in caught.value.detail
    line = (settings.home / "failures.log").read_text(encoding="utf-8")
    assert "step golden_records: Step golden_records failed" in line
    assert files_with(settings.dagster_dir, "Сидоров") == []
    assert "Сидоров" not in line + caught.value.detail
    assert one(db, "SELECT summary FROM run")["failure"] == {"step_failed": 1}

    with db.owner() as conn:
        conn.execute(sa.text("ALTER TABLE golden DROP CONSTRAINT broken"))
    run_nightly(settings, inbox, NIGHT)
    assert one(db, "SELECT count(DISTINCT golden) = count(*) FROM golden")
    assert one(db, "SELECT count(*) FROM membership") == 42


def test_a_run_left_open_by_a_killed_process_is_no_obstacle(settings: Settings, inbox: Path) -> None:
    tags = {key: value.rpartition(":")[0] + ":999999999" for key, value in owner_tag().items()}
    with open_instance(settings) as instance:
        instance.run_storage.add_run(
            DagsterRun(job_name="nightly", run_id="dead", status=DagsterRunStatus.STARTED, tags=tags)
        )
    summary = run_nightly(settings, inbox, NIGHT)
    with open_instance(settings) as instance:
        dead = instance.get_run_by_id("dead")
        assert dead is not None
        assert dead.status == DagsterRunStatus.FAILURE
    assert summary.run_id


def test_an_empty_inbox_of_an_empty_hub_is_no_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    summary = run_nightly(settings, tmp_path / "inbox", NIGHT)
    assert (summary.run_id, summary.results) == ("", {})


def test_an_inbox_that_is_no_folder_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no such folder"):
        run_nightly(settings, tmp_path / "none", NIGHT)


def files_with(folder: Path, text: str) -> list[Path]:
    """Files below the folder whose bytes hold the text, as it is or as JSON escapes it."""
    forms = [text.encode(), text.encode("unicode_escape")]
    return [path for path in folder.rglob("*") if path.is_file() and any(form in path.read_bytes() for form in forms)]


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from hub.settings import Settings
from pipelines.job import run_nightly

class Killer:
    def advance(self, step, done, total, dealer=None):
        if step.startswith(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

run_nightly(Settings.from_env(), Path(sys.argv[1]), date(2026, 11, 20), Killer())
"""


@pytest.mark.parametrize("step", ["register", "stage", "golden"])
def test_a_night_killed_at_any_step_ends_as_one_never_killed(
    step: str, settings: Settings, db: Database, empty_db: Database, inbox: Path, tmp_path: Path
) -> None:
    run_nightly(settings, inbox, NIGHT)
    migrate(empty_db)
    other = Settings(home=tmp_path / "killed", database_url=empty_db.url_owner)
    environment = {**os.environ, "HUB_HOME": str(other.home), "HUB_DATABASE_URL": str(other.database_url)}
    command = [sys.executable, "-c", KILLED, str(inbox), step]
    killed = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    run_nightly(other, inbox, NIGHT)
    assert golden_hash(empty_db) == golden_hash(db)
    with open_instance(other) as instance:
        assert runs_in_progress(instance) == []
