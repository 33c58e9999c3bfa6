"""All that Dagster loads: ``dagster dev -m pipelines.definitions``."""

from __future__ import annotations

import dagster as dg

from pipelines.assets.spine import SPINE
from pipelines.jobs import NIGHTLY
from pipelines.lead_clock import every_five_minutes, lead_clock
from pipelines.resources import hub_resource
from pipelines.schedules import every_night
from pipelines.sensors import inbox

defs = dg.Definitions(
    assets=SPINE,
    jobs=[NIGHTLY, lead_clock],
    sensors=[inbox],
    schedules=[every_night, every_five_minutes],
    resources={"hub": hub_resource},
    executor=dg.in_process_executor,
)
