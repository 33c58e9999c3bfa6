"""The nightly run, whether or not a sensor saw anything: it also takes up what an earlier run left undone."""

from __future__ import annotations

import dagster as dg

from pipelines.jobs import NIGHTLY
from pipelines.partitions import add_dealers, dealers_with_work, range_tags
from pipelines.resources import Hub


@dg.schedule(
    job=NIGHTLY,
    cron_schedule="0 3 * * *",
    execution_timezone="Europe/Moscow",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def every_night(context: dg.ScheduleEvaluationContext, hub: dg.ResourceParam[Hub]) -> dg.RunRequest | dg.SkipReason:
    """One run over the range of dealers that have something new."""
    codes = dealers_with_work(hub.db, hub.settings.inbox_dir)
    partitions = add_dealers(context.instance, codes)
    if not partitions:
        return dg.SkipReason("No dealer is known and the inbox is empty.")
    return dg.RunRequest(tags=range_tags(partitions, codes))
