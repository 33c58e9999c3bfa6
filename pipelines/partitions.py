"""Dealers as dynamic partitions: one run covers a range of them, and one dealer can be run again alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import dagster as dg
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from hub.intake.naming import is_hidden
from hub.store import uploads
from hub.store.engine import Database
from pipelines.instance import alone

DEALERS = dg.DynamicPartitionsDefinition(name="dealers")
ONE_RUN = dg.BackfillPolicy.single_run()


def dealers_with_work(db: Database, inbox: Path) -> list[str]:
    """Codes of the dealers that have a folder with files in the inbox, or uploads that wait to be processed.

    A folder of an unknown dealer counts only as long as no registry of dealers has been brought in.
    """
    with db.worker() as conn:
        known = uploads.dealers(conn)
        waiting = {dealer for dealers in uploads.waiting(conn).values() for dealer in dealers}
    folders = set(_folders(inbox))
    if any(dealer.registered for dealer in known.values()):
        folders &= known.keys()
    return sorted(folders | waiting)


def add_dealers(instance: dg.DagsterInstance, codes: Iterable[str]) -> list[str]:
    """Make partitions of the codes that have none; returns all partitions, in their order."""
    name = DEALERS.name
    assert name is not None
    with alone(Path(instance.root_directory)):
        present = set(instance.get_dynamic_partitions(name))
        if missing := [code for code in codes if code not in present]:
            instance.add_dynamic_partitions(name, missing)
    return list(instance.get_dynamic_partitions(name))


def range_tags(partitions: list[str], codes: Iterable[str]) -> dict[str, str]:
    """Tags of the one run that covers all of ``codes``: the shortest range of partitions that holds them.

    The dealers in between, which have nothing new, cost a look. With no codes, the first partition stands for all:
    what an earlier run left undone in the network as a whole is then taken up.
    """
    places = sorted(partitions.index(code) for code in codes) or [0]
    return {
        ASSET_PARTITION_RANGE_START_TAG: partitions[places[0]],
        ASSET_PARTITION_RANGE_END_TAG: partitions[places[-1]],
    }


def _folders(inbox: Path) -> list[str]:
    """Names of the inbox's folders that hold a file."""
    if not inbox.is_dir():
        return []
    entries = [e for e in os.scandir(inbox) if e.is_dir(follow_symlinks=False) and not is_hidden(e.name)]
    return [e.name for e in entries if not all(is_hidden(name) for name in os.listdir(e.path))]
