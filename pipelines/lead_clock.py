"""The clock of leads under Dagster, where no API is served whose worker runs it anyway."""

from datetime import UTC, datetime

import dagster as dg

from hub.access.opaque_ids import Words
from hub.access.secret import load_secret
from hub.flows.deliver import deliver
from hub.flows.run_clock import run_clock
from pipelines.resources import Hub


@dg.op
def run_lead_clock(context: dg.OpExecutionContext, hub: dg.ResourceParam[Hub]) -> None:
    """Warn, pass on, escalate what is due; push what waits."""
    at = datetime.now(UTC)
    words = Words.of(load_secret(hub.settings))
    done, sent = run_clock(hub.db, at), deliver(hub.db, at, words, hub.settings.webhook_private)
    context.log.info(f"{done.steps} steps of {done.leads} leads, {sent.done} deliveries, {sent.dead} given up")


@dg.job(executor_def=dg.in_process_executor, description="The clock of leads, once.")
def lead_clock() -> None:
    """One look at the clock."""
    run_lead_clock()


@dg.schedule(job=lead_clock, cron_schedule="*/5 * * * *", default_status=dg.DefaultScheduleStatus.STOPPED)
def every_five_minutes(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Switched off as it comes: the API's worker looks at the clock every ten seconds."""
    return dg.RunRequest()
