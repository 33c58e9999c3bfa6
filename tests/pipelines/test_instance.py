from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import yaml
from dagster import DagsterRunStatus

from hub.settings import ROOT, Settings
from pipelines.instance import CONFIGURATION, OWNER_TAG, open_instance, owner_tag, prepare, runs_in_progress


def folders(value: object) -> list[str]:
    """All ``base_dir`` of a configuration."""
    if not isinstance(value, dict):
        return []
    below = [folder for item in value.values() for folder in folders(item)]
    return [*below, value["base_dir"]] if "base_dir" in value else below


def test_every_folder_follows_the_home(tmp_path: Path) -> None:
    environment = prepare(Settings(home=tmp_path))
    written = yaml.safe_load((tmp_path / "dagster" / "dagster.yaml").read_text(encoding="utf-8"))
    assert environment["DAGSTER_HOME"] == str(tmp_path / "dagster")
    assert len(folders(written)) == 2
    assert all(Path(folder).is_relative_to(tmp_path) for folder in folders(written))


def test_the_configuration_of_the_root_names_the_default_home() -> None:
    given = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
    assert all(folder.startswith("var/dagster") for folder in folders(given))
    assert given["telemetry"] == {"enabled": False}
    assert given["run_monitoring"]["free_slots_after_run_end_seconds"] > 0


def test_two_homes_have_two_instances(tmp_path: Path) -> None:
    with (
        open_instance(Settings(home=tmp_path / "a")) as one,
        open_instance(Settings(home=tmp_path / "b")) as other,
    ):
        one.add_dynamic_partitions("dealers", ["d1"])
        assert list(other.get_dynamic_partitions("dealers")) == []
        assert not one.telemetry_enabled


def test_nothing_is_written_beside_the_configuration(tmp_path: Path) -> None:
    before = set(ROOT.iterdir())
    with open_instance(Settings(home=tmp_path)) as instance:
        instance.add_dynamic_partitions("dealers", ["d1"])
    assert set(ROOT.iterdir()) == before


def test_a_run_whose_process_was_killed_is_closed_and_others_are_left(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    host = socket.gethostname()
    tags = {
        "dead": {OWNER_TAG: f"{host}:{child.pid}"},
        "alive": owner_tag(),
        "elsewhere": {OWNER_TAG: f"other-{host}:{child.pid}"},
        "launched": {},
    }
    with open_instance(Settings(home=tmp_path)) as instance:
        for run_id, own in tags.items():
            instance.run_storage.add_run(started_run(run_id, own))
        assert {run.run_id for run in runs_in_progress(instance)} == {"alive", "elsewhere", "launched"}
        closed = instance.get_run_by_id("dead")
        assert closed is not None
        assert closed.status == DagsterRunStatus.FAILURE


def started_run(run_id: str, tags: dict[str, str]):  # type: ignore[no-untyped-def]
    from dagster import DagsterRun

    return DagsterRun(job_name="nightly", run_id=run_id, status=DagsterRunStatus.STARTED, tags=tags)
