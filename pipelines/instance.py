"""Dagster's instance of this HUB_HOME: its folder, its configuration, and what a killed run left behind."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from hub.settings import ROOT, Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun

CONFIGURATION = ROOT / "dagster.yaml"
DEFAULT_FOLDER = "var/dagster"  # as dagster.yaml names it
OWNER_TAG = "hub/process"


def prepare(settings: Settings) -> dict[str, str]:
    """Write the configuration of this HUB_HOME's instance, and return the environment that Dagster's programs need."""
    folder = settings.dagster_dir.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    text = CONFIGURATION.read_text(encoding="utf-8").replace(DEFAULT_FOLDER, str(folder))
    written = folder / "dagster.yaml"
    if not written.exists() or written.read_text(encoding="utf-8") != text:
        _replace(written, text)
    return {"DAGSTER_HOME": str(folder), "HUB_HOME": str(settings.home), "DAGSTER_DISABLE_TELEMETRY": "yes"}


def open_instance(settings: Settings) -> DagsterInstance:
    """The instance itself; close it (``with``) when done."""
    from dagster import DagsterInstance

    home = prepare(settings)["DAGSTER_HOME"]
    with alone(Path(home)):
        instance = DagsterInstance.from_config(home)
        instance.get_dynamic_partitions("dealers")  # makes its tables, if this is the first run of all
    return instance


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is here: Dagster's own files do not expect two runs to begin at once."""
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def owner_tag() -> dict[str, str]:
    """The tag by which a run in process names the process that carries it."""
    return {OWNER_TAG: f"{socket.gethostname()}:{os.getpid()}"}


def runs_in_progress(instance: DagsterInstance) -> list[DagsterRun]:
    """Runs that are queued or at work. Runs in process whose process is gone are closed as failed on the way."""
    from dagster import DagsterRunStatus, RunsFilter

    busy = [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]
    runs = instance.get_runs(RunsFilter(statuses=busy))
    dead = [run for run in runs if not _alive(run.tags.get(OWNER_TAG))]
    for run in dead:
        instance.report_run_failed(
            run, "The process that carried this run is gone; its work is taken up by the next run."
        )
    return [run for run in runs if run not in dead]


def _alive(owner: str | None) -> bool:
    """False only for a process of this machine that does not exist; others are Dagster's own to watch."""
    host, _, process = (owner or "").rpartition(":")
    if host != socket.gethostname():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _replace(path: Path, text: str) -> None:
    """Write the file whole or not at all, whichever processes and threads do so at once."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8") as fresh:
        fresh.write(text)
    Path(fresh.name).replace(path)
