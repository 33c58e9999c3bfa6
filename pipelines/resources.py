"""What the assets work with: one object a run, holding database, archive, gate, and what the steps did."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
from sqlalchemy.exc import SQLAlchemyError

from expectations.gate import ExpectationsGate
from hub.errors import HubError
from hub.flows.progress import Progress, Step, measured
from hub.flows.rehearse import rehearse_beside
from hub.settings import ROOT, Settings
from hub.store.archive import Archive
from hub.store.engine import Database
from hub.store.runs import record_run

Result = TypeVar("Result")


class StepError(HubError):
    """A step of the night failed for a reason that nobody foresaw; ``detail`` says where, and holds no values."""

    code, status, own_fault = "step_failed", 500, True


class Hub:
    """The hub as the assets see it. Parts are made when first used.

    Attributes:
        settings: where everything is.
        progress: who else watches, beside the run's log.
        steps: what each finished step cost, in order.
        results: what the flow of each finished step returned, by the asset's name.
        failure: the error that ended the run, ready for the operator; no personal data.
        started_at, day: when the run began; the business day of files whose name tells none.
        on_first_step: called when Dagster has started and the first step begins.
    """

    on_first_step: Callable[[], object] | None = None

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        self.settings = settings
        self.progress = progress
        self.steps: list[Step] = []
        self.results: dict[str, Any] = {}
        self.failure: HubError | None = None
        self.started_at = datetime.now(UTC)
        self.day = date.today()

    @cached_property
    def db(self) -> Database:
        """The database; the embedded server is started if it does not run."""
        return Database.open(self.settings)

    @cached_property
    def archive(self) -> Archive:
        """The archive of uploads."""
        return Archive(self.settings.archive_dir)

    @cached_property
    def gate(self) -> ExpectationsGate:
        """The gate, which counts what this run checks."""
        return ExpectationsGate()

    def close(self) -> None:
        """Record what the run cost, if it came to a step at all, and give the connections back."""
        if "db" not in self.__dict__:
            return
        try:
            if self.steps:
                self._record()
        except (SQLAlchemyError, HubError):
            if self.failure is None:  # else the failure has been told, and the base may be what failed
                raise
        finally:
            self.db.close()

    def _record(self) -> None:
        """Keep the run in the hub's own base, where it outlives Dagster's."""
        summary = {name: counts(result) for name, result in self.results.items()}
        if self.failure is not None:
            summary["failure"] = {self.failure.code: 1}
        with self.db.worker() as conn:
            record_run(conn, self.started_at, self.day, [vars(step) for step in self.steps], summary)

    def run(self, context: dg.AssetExecutionContext, flow: Callable[[Progress], Result]) -> Result:
        """Run one flow as the step of the asset, measured and watched.

        Whatever it raises reaches Dagster, which keeps it, as a failure with a place and no values: a message of the
        database may quote a row.
        """
        name = context.asset_key.to_user_string()
        if self.on_first_step is not None:
            self.on_first_step()
            self.on_first_step = None
        progress = RunLog(context.log, self.progress)
        try:
            with measured(self.steps, name) as facts:
                self.results[name] = result = flow(progress)
                facts.update(counts(result))
        except Exception as error:
            self.failure = described(error, name)
        else:
            return result
        # Raised out here, so that the original is neither its cause nor its context.
        raise dg.Failure(description=self.failure.detail, allow_retries=False)


class RunLog:
    """Progress as lines of a run's log, at most one each few seconds a step, and passed on to whoever else watches."""

    SECONDS = 5.0

    def __init__(self, log: Any, also: Progress | None = None) -> None:
        self.log = log
        self.also = also
        self.last = time.monotonic()

    def advance(self, step: str, done: int, total: int, dealer: str | None = None) -> None:
        """Tell how far a step is."""
        if self.also is not None:
            self.also.advance(step, done, total, dealer)
        if time.monotonic() - self.last < self.SECONDS:
            return
        self.last = time.monotonic()
        self.log.info(f"{step}: {done:,} of {total:,}" if total else f"{step}: {done:,}")


def counts(summary: Any) -> dict[str, int]:
    """The numbers of a flow's summary, and how many its lists hold; names and values stay behind."""
    values = {field.name: getattr(summary, field.name) for field in fields(summary)}
    sizes = {name: len(v) if isinstance(v, list | tuple | dict) else v for name, v in values.items()}
    return {name: int(size) for name, size in sizes.items() if isinstance(size, int)}


def described(error: Exception, step: str) -> HubError:
    """The error for people and logs: an expected one as it is, any other as its class and place, without its text."""
    if isinstance(error, HubError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT)] or frames
    places = " ← ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(own[-4:]))
    return StepError(f"Step {step} failed: {type(error).__name__} at {places}. The next run takes it up again.")


@dg.resource(description="Database, archive, gate and settings, from the environment.")
def hub_resource(_: dg.InitResourceContext) -> Iterator[Hub]:
    """One `Hub` a run; connections are closed when the run ends."""
    rehearse_beside()
    hub = Hub(Settings.from_env())
    try:
        yield hub
    finally:
        hub.close()
