"""The nightly job: the whole line in one process, over any number of dealers."""

from __future__ import annotations

import dagster as dg

from pipelines.assets.spine import SPINE
from pipelines.hooks import tell_failure

NIGHTLY = dg.define_asset_job(
    "nightly",
    selection=dg.AssetSelection.assets(*SPINE),
    executor_def=dg.in_process_executor,
    hooks={tell_failure},
    description="Files in, golden records and receipts out: one run over all dealers with something new.",
)
