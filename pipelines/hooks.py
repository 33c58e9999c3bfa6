"""What happens when a step fails: one line for the operator, without personal data."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from pipelines.resources import Hub


@dg.failure_hook(required_resource_keys={"hub"})
def tell_failure(context: dg.HookContext) -> None:
    """Append a line to ``HUB_HOME/failures.log``: when, which run, which step, what."""
    hub: Hub = context.resources.hub
    error = context.op_exception
    what = error.description if isinstance(error, dg.Failure) and error.description else type(error).__name__
    line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} run {context.run_id} step {context.op.name}: {what}\n"
    hub.settings.home.mkdir(parents=True, exist_ok=True)
    with (hub.settings.home / "failures.log").open("a", encoding="utf-8") as log:
        log.write(line)
