"""A hub of its own for a benchmark: home, embedded server, dealers, specifications; nothing stays behind."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hub.bench.apart import Cost, apart
from hub.bench.server_watch import ServerWatch
from hub.dealers.registry import load_registry
from hub.flows.evaluate import evaluate
from hub.flows.export import export_links
from hub.flows.progress import Step
from hub.flows.specifications import apply_specifications
from hub.matching.evaluate import Quality
from hub.settings import Settings
from hub.store.dealers import sync_dealers
from hub.store.embedded import DATABASE, SUPERUSER, EmbeddedServer
from hub.store.engine import Database
from hub.store.migrate import migrate

if TYPE_CHECKING:
    from pipelines.job import NightSummary


@dataclass(frozen=True)
class Night:
    """What one night cost.

    Attributes:
        steps: of the job in order, the feeds of ``source_records`` after it by the name ``stage …``.
        seconds: from the job's call to its end.
        process_seconds: the same with the start of the process.
        peak_mib, server_mib: highest memory of our process, and of PostgreSQL (None where it cannot be told).
        cpu_seconds, server_cpu_seconds: processor time of both, which a busy machine does not stretch as it does seconds.
        rows: what became of the rows of accepted uploads.
        uploads: uploads by status.
    """

    steps: tuple[Step, ...]
    seconds: float
    process_seconds: float
    peak_mib: int
    server_mib: int | None
    cpu_seconds: float
    server_cpu_seconds: float | None
    rows: dict[str, int]
    uploads: dict[str, int]

    @property
    def start(self) -> float:
        """Seconds of imports and Dagster's own start."""
        return next((step.seconds for step in self.steps if step.name == "start"), 0.0)


class Deployment:
    """One home with its server. Make it by `deployed`."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.server = EmbeddedServer(home)
        self._saved = self.server.data.with_name("data.saved")
        with Database.open(self.settings) as db:
            migrate(db)

    def prepare(self, registry: Path, specs: Path | None = None) -> None:
        """Bring in the importer's registry of dealers and their specifications."""
        with Database.open(self.settings) as db:
            with db.worker() as conn:
                sync_dealers(conn, load_registry(registry))
            if specs is not None:
                apply_specifications(db, [specs])

    def night(self, inbox: Path, day: date) -> Night:
        """Run the nightly job over an inbox in a process of its own, as `dealerhub nightly` does."""
        with ServerWatch(self.server) as server:
            cost: Cost[Night] = apart(_night, self.settings, inbox, day)
        return replace(
            cost.result,
            process_seconds=cost.seconds,
            peak_mib=cost.peak_mib,
            server_mib=server.peak_mib,
            server_cpu_seconds=server.cpu_seconds,
        )

    def rest(self) -> None:
        """Let the server do what it does between two nights by itself: vacuum and analyze."""
        with self.server.connect(SUPERUSER, DATABASE) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    def save(self) -> None:
        """Keep a copy of the data for `restore`."""
        self.server.stop()
        self._saved = self.server.data.with_name("data.saved")
        subprocess.run(["cp", "-a", str(self.server.data), str(self._saved)], check=True)
        self.server.start()

    def restore(self) -> None:
        """Go back to the data of `save`, once."""
        self.server.stop()
        subprocess.run(["rm", "-rf", str(self.server.data)], check=True)
        self._saved.rename(self.server.data)
        self.server.start()

    def retrain(self) -> Cost[str]:
        """Train a model on the base without labels, bring it into force, match everything anew; what it says of itself."""
        return apart(_retrain, self.settings)

    def quality(self, truth: Path) -> Quality:
        """Measure the partition against a known truth."""
        return apart(_quality, self.settings, truth).result


@contextmanager
def deployed() -> Iterator[Deployment]:
    """A fresh deployment in a temporary folder (of ``TMPDIR``), taken down at the end."""
    with tempfile.TemporaryDirectory(prefix="dealerhub-bench-") as home:
        Path(home).chmod(0o755)  # the server's account passes through it when one is root
        deployment = Deployment(Path(home))
        try:
            yield deployment
        finally:
            deployment.server.discard()


def _quality(settings: Settings, truth: Path) -> Quality:
    """In a process apart: on Linux the memory of this one would count as the least of its children's."""
    links = settings.home / "links.parquet"
    with Database.open(settings) as db:
        export_links(db, links)
    return evaluate(links, truth)


def _retrain(settings: Settings) -> str:
    """In a process apart: `dealerhub model train`, `model activate`, and what the next night does of it."""
    from hub.flows.consolidate import consolidate
    from hub.flows.match import match
    from hub.flows.models import activate, train

    with Database.open(settings) as db:
        model = train(db)
        activate(db, model.version)
        match(db)
        consolidate(db)
    return model.trained_on


def _night(settings: Settings, inbox: Path, day: date) -> Night:
    """In the process apart."""
    import time

    from hub.flows.progress import peak_mib

    began = time.perf_counter()
    from expectations.gate import library
    from pipelines.job import run_nightly

    library()
    imported = time.perf_counter() - began
    summary: NightSummary = run_nightly(settings, inbox, day)
    seconds = time.perf_counter() - began
    staged = summary.results["source_records"]
    steps: list[Step] = []
    for step in summary.steps:
        seconds_of = step.seconds + (imported if step.name == "start" else 0)
        steps.append(Step(step.name, seconds_of, step.peak_mib))
        if step.name == "source_records":
            steps += [Step(part.name, part.seconds, part.peak_mib) for part in staged.steps]
    return Night(
        tuple(steps),
        seconds,
        seconds,
        peak_mib(),
        None,
        time.process_time(),
        None,
        staged.rows(),
        staged.by_status(),
    )
