"""The inbox sensor: one batched run for all that is new, once it has arrived whole."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import dagster as dg

from hub.intake.naming import is_hidden, is_partial
from hub.store import uploads
from pipelines.instance import runs_in_progress
from pipelines.jobs import NIGHTLY
from pipelines.partitions import add_dealers, dealers_with_work, range_tags
from pipelines.resources import Hub

QUIET_SECONDS = 20.0
"""A file that grew within this time may still be arriving; the sensor waits for it."""


@dg.sensor(
    job=NIGHTLY,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def inbox(context: dg.SensorEvaluationContext, hub: dg.ResourceParam[Hub]) -> dg.RunRequest | dg.SkipReason:
    """Ask for one run over all dealers with new files or waiting uploads; never two at a time.

    The cursor is a fingerprint of all files seen and uploads waiting, so that an unchanged inbox asks for nothing, and
    neither does a file that no run can load.
    """
    folder = hub.settings.inbox_dir
    listing = list_inbox(folder)
    with hub.db.worker() as conn:
        waiting = uploads.waiting(conn)
    seen = hashlib.sha256(json.dumps([listing, waiting], sort_keys=True).encode()).hexdigest()
    if seen == context.cursor or not (listing or waiting):
        return dg.SkipReason("Nothing new.")
    newest = max((changed for *_, changed in listing), default=0)
    if time.time() - newest / 1e9 < QUIET_SECONDS:
        return dg.SkipReason("Files are still arriving.")
    if runs_in_progress(context.instance):
        return dg.SkipReason("A run is in progress; what is new waits for the next.")
    codes = dealers_with_work(hub.db, folder)
    partitions = add_dealers(context.instance, codes)
    context.update_cursor(seen)
    if not codes:
        return dg.SkipReason("The files are of dealers that the registry does not know.")
    return dg.RunRequest(run_key=seen, tags=range_tags(partitions, codes))


def list_inbox(folder: Path) -> list[tuple[str, str, int, int]]:
    """Dealer, file, bytes and time of change (ns) of every file that has its final name, in order."""
    if not folder.is_dir():
        return []
    found = []
    for dealer in os.scandir(folder):
        if not dealer.is_dir(follow_symlinks=False) or is_hidden(dealer.name):
            continue
        for file in os.scandir(dealer.path):
            if file.is_file(follow_symlinks=False) and not (is_hidden(file.name) or is_partial(file.name)):
                stat = file.stat(follow_symlinks=False)
                found.append((dealer.name, file.name, stat.st_size, stat.st_mtime_ns))
    return sorted(found)
