"""The nightly job in this very process, for ``dealerhub nightly``, tests and benchmarks."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from expectations.gate import RuleCount
from hub.errors import Invalid
from hub.flows.progress import Progress, Step, measured
from hub.flows.rehearse import rehearse_beside
from hub.settings import Settings


@dataclass(frozen=True)
class NightSummary:
    """What a night did.

    Attributes:
        run_id: Dagster's id of the run; "" when there was nothing to run for.
        day: business day of files whose name tells none.
        steps: seconds, peak memory and facts of each step; "start" is imports and Dagster's own start.
        results: what the flow of each asset returned, by the asset's name.
        rules: how each rule of the gate fared on rows that were new or changed.
    """

    run_id: str
    day: date
    steps: tuple[Step, ...]
    results: dict[str, Any]
    rules: tuple[RuleCount, ...]


def run_nightly(
    settings: Settings, inbox: Path, day: date | None = None, progress: Progress | None = None
) -> NightSummary:
    """Run the nightly job over all that is new in ``inbox`` and all uploads that wait; it may be run again any time.

    Raises:
        Invalid: the inbox is no folder.
        HubError: a step failed; what the steps before it did stays done.
    """
    if not inbox.is_dir():
        raise Invalid(f"{inbox}: no such folder. It holds one folder per dealer, named by the dealer's code.")
    rehearse_beside()
    steps: list[Step] = []
    starting = ExitStack()  # up to the first step, imports included: Dagster plans an event for each partition
    starting.enter_context(measured(steps, "start"))
    import dagster as dg

    from pipelines.definitions import defs
    from pipelines.history import kept_connections, quick_history
    from pipelines.instance import open_instance, owner_tag, runs_in_progress
    from pipelines.partitions import add_dealers, dealers_with_work, range_tags
    from pipelines.resources import Hub

    job = defs.resolve_job_def("nightly")
    instance = open_instance(settings)
    hub = Hub(settings, progress)
    hub.on_first_step = starting.close
    day = day or date.today()
    with instance, quick_history(), kept_connections(instance.event_log_storage):
        try:
            runs_in_progress(instance)  # closes those that a killed process left open
            codes = dealers_with_work(hub.db, inbox)
            partitions = add_dealers(instance, codes)
            if not partitions:
                return NightSummary("", day, tuple(steps), {}, ())
            outcome = job.execute_in_process(
                run_config={
                    "ops": {"uploads": {"config": {"inbox": str(inbox.absolute()), "day": day.isoformat()}}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
                instance=instance,
                tags=range_tags(partitions, codes) | owner_tag(),
                resources={"hub": dg.ResourceDefinition.hardcoded_resource(hub)},
                raise_on_error=False,
            )
        finally:
            starting.close()
            hub.close()
    if hub.failure is not None:
        raise hub.failure
    assert outcome.success, "Dagster failed without a failed step"
    return NightSummary(outcome.run_id, day, (*steps, *hub.steps), hub.results, hub.gate.summary())
