"""The straight line from uploads to receipts. Each asset calls one flow, and each may be run again at any time.

No postponed annotations here: Dagster reads them to tell configuration from resources.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from hub.flows.consolidate import consolidate
from hub.flows.do_not_approach import write_do_not_approach
from hub.flows.match import match
from hub.flows.progress import Progress
from hub.flows.receipts import Written, write_receipts
from hub.flows.register import register_inbox
from hub.flows.rehearse import load_beside
from hub.flows.scorecard import write_figures
from hub.flows.settle import settle
from hub.flows.stage import stage
from pipelines.checks import CHECKS, gate_results
from pipelines.partitions import DEALERS, ONE_RUN
from pipelines.resources import Hub, counts

if TYPE_CHECKING:
    Materialized = dg.MaterializeResult[Any]
else:  # at run time Dagster knows only the bare class
    Materialized = dg.MaterializeResult


class Arrivals(dg.Config):
    """What a run takes in."""

    inbox: str = Field(default="", description="Folder of the dealers' folders; by default that of HUB_INBOX.")
    day: str = Field(default="", description="Business day (ISO) of files whose name tells none; by default today.")
    quiet_seconds: float = Field(default=0, description="A file changed more recently than this is still arriving.")


@dg.asset(group_name="spine", kinds={"file"})
def uploads(context: dg.AssetExecutionContext, config: Arrivals, hub: dg.ResourceParam[Hub]) -> Materialized:
    """The ledger of everything that came: new files of the inbox enter it, their bytes are archived."""
    if not config.inbox:
        hub.settings.inbox_dir.mkdir(parents=True, exist_ok=True)
    inbox = Path(config.inbox) if config.inbox else hub.settings.inbox_dir
    day = date.fromisoformat(config.day) if config.day else date.today()
    hub.day = day
    found = hub.run(
        context,
        lambda progress: register_inbox(
            hub.db, hub.archive, inbox, day, progress=progress, quiet_seconds=config.quiet_seconds
        ),
    )
    for warning in found.warnings:
        context.log.warning(warning)
    for code, files in found.unknown_dealers.items():
        context.log.warning(f"{files} files of the unknown dealer {code} stay where they are.")
    return dg.MaterializeResult(metadata=counts(found))


@dg.asset(
    deps=[uploads],
    partitions_def=DEALERS,
    backfill_policy=ONE_RUN,
    check_specs=CHECKS,
    group_name="spine",
    kinds={"postgres"},
)
def source_records(context: dg.AssetExecutionContext, hub: dg.ResourceParam[Hub]) -> Materialized:
    """The dealers' records, present and past: uploads that wait are read, mapped, gated, normalised and applied."""
    dealers = list(context.partition_keys)
    load_beside()  # staging waits for PostgreSQL now and then; matching comes next
    staged = hub.run(context, lambda progress: stage(hub.db, hub.archive, hub.gate, progress, dealers))
    for dealer, feed, kind in staged.failures:
        context.log.error(f"{dealer}/{feed}: the hub failed on it ({kind}); the other dealers are not touched.")
    for upload_id, verdict in staged.verdicts.items():
        if verdict.code is not None:
            context.log.warning(f"Upload {upload_id} is {verdict.status} ({verdict.code}): {verdict.reason}")
    rows = {f"rows_{name}": count for name, count in staged.rows().items()}
    return dg.MaterializeResult(
        metadata=counts(staged) | staged.by_status() | rows, check_results=gate_results(hub.gate.summary())
    )


@dg.asset(deps=[source_records], group_name="spine", kinds={"postgres"})
def edges(context: dg.AssetExecutionContext, hub: dg.ResourceParam[Hub]) -> Materialized:
    """Scored pairs: the records that changed, and those they meet, are compared by the active model."""
    return dg.MaterializeResult(metadata=counts(hub.run(context, lambda progress: match(hub.db, progress))))


@dg.asset(deps=[edges], group_name="spine", kinds={"postgres"})
def golden_records(context: dg.AssetExecutionContext, hub: dg.ResourceParam[Hub]) -> Materialized:
    """One record per person or company: the components touched are clustered and survivorship chooses the values."""
    return dg.MaterializeResult(metadata=counts(hub.run(context, lambda progress: consolidate(hub.db, progress))))


@dg.asset(deps=[golden_records], group_name="spine", kinds={"postgres"})
def ownership(context: dg.AssetExecutionContext, hub: dg.ResourceParam[Hub]) -> Materialized:
    """Whose prospect each party is: claims, conflicts and owners of the golden records that something touched."""
    return dg.MaterializeResult(metadata=counts(hub.run(context, lambda progress: settle(hub.db, progress=progress))))


@dg.asset(deps=[ownership], group_name="spine", kinds={"file"})
def receipts(context: dg.AssetExecutionContext, hub: dg.ResourceParam[Hub]) -> Materialized:
    """What each dealer gets back: the receipt of each upload, what to mend, and whom to leave alone; and the night's figures."""

    def give_back(progress: Progress) -> Written:
        written = write_receipts(hub.db, hub.settings.home, progress)
        now = datetime.now(UTC)
        write_do_not_approach(hub.db, hub.settings.home, now)
        write_figures(hub.db, hub.day, now)
        return written

    return dg.MaterializeResult(metadata=counts(hub.run(context, give_back)))


SPINE = [uploads, source_records, edges, golden_records, ownership, receipts]
