from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from hub.settings import Settings
from pipelines.instance import open_instance
from pipelines.resources import Hub
from pipelines.schedules import every_night
from pipelines.sensors import QUIET_SECONDS, inbox

START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@pytest.fixture
def hub(settings: Settings) -> Iterator[Hub]:
    made = Hub(settings)
    yield made
    made.close()


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def put(hub: Hub, name: str, age: float = 10 * QUIET_SECONDS) -> Path:
    """A file of the inbox that was last changed ``age`` seconds ago."""
    path = hub.settings.inbox_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("record_no,full_name\n1,x\n", encoding="utf-8")
    changed = path.stat().st_mtime - age
    os.utime(path, (changed, changed))
    return path


class Watch:
    """The sensor over several ticks, as the daemon calls it."""

    def __init__(self, hub: Hub, instance: dg.DagsterInstance) -> None:
        self.hub, self.instance = hub, instance
        self.cursor: str | None = None

    def tick(self) -> Any:
        with dg.build_sensor_context(self.instance, cursor=self.cursor, resources={"hub": self.hub}) as context:
            answer = inbox(context)
            self.cursor = context.cursor
        return answer


def test_one_request_covers_all_dealers_with_files(hub: Hub, instance: dg.DagsterInstance) -> None:
    watch = Watch(hub, instance)
    assert isinstance(watch.tick(), dg.SkipReason)
    for name in ("d3/customers.csv", "d1/customers.csv", "d1/sales.csv"):
        put(hub, name)
    request = watch.tick()
    assert isinstance(request, dg.RunRequest)
    assert (request.tags[START], request.tags[END]) == ("d1", "d3")
    assert list(instance.get_dynamic_partitions("dealers")) == ["d1", "d3"]


def test_an_unchanged_inbox_asks_for_nothing_and_a_changed_one_asks_again(
    hub: Hub, instance: dg.DagsterInstance
) -> None:
    watch = Watch(hub, instance)
    put(hub, "d1/customers.csv")
    first = watch.tick()
    assert isinstance(watch.tick(), dg.SkipReason)
    put(hub, "d1/customers.csv", age=5 * QUIET_SECONDS)
    again = watch.tick()
    assert isinstance(again, dg.RunRequest)
    assert again.run_key != first.run_key


def test_a_file_that_still_grows_is_waited_for(hub: Hub, instance: dg.DagsterInstance) -> None:
    watch = Watch(hub, instance)
    path = put(hub, "d1/customers.csv", age=0)
    put(hub, "d2/customers.csv.part")
    assert isinstance(watch.tick(), dg.SkipReason)
    changed = path.stat().st_mtime - 2 * QUIET_SECONDS
    os.utime(path, (changed, changed))
    request = watch.tick()
    assert isinstance(request, dg.RunRequest)


def test_an_upload_that_waits_asks_for_its_dealer_alone(hub: Hub, instance: dg.DagsterInstance) -> None:
    watch = Watch(hub, instance)
    instance.add_dynamic_partitions("dealers", ["d1", "d2", "d3"])
    wait_for_worker(hub, "d2")
    request = watch.tick()
    assert isinstance(request, dg.RunRequest)
    assert (request.tags[START], request.tags[END]) == ("d2", "d2")


def test_files_of_strangers_ask_for_nothing_once(hub: Hub, instance: dg.DagsterInstance) -> None:
    with hub.db.worker() as conn:
        conn.execute(sa.text("INSERT INTO dealer (code) VALUES ('d1')"))
    watch = Watch(hub, instance)
    put(hub, "stranger/customers.csv")
    assert "does not know" in str(watch.tick())
    assert "Nothing new" in str(watch.tick())


def test_a_run_in_progress_puts_the_request_off(hub: Hub, instance: dg.DagsterInstance) -> None:
    watch = Watch(hub, instance)
    put(hub, "d1/customers.csv")
    run = dg.DagsterRun(job_name="nightly", run_id="r1", status=dg.DagsterRunStatus.STARTED)
    instance.run_storage.add_run(run)
    assert "in progress" in str(watch.tick())
    instance.report_run_failed(run)
    assert isinstance(watch.tick(), dg.RunRequest)


def test_the_schedule_asks_for_one_run_or_says_why_not(hub: Hub) -> None:
    with (
        open_instance(hub.settings) as instance,
        dg.build_schedule_context(instance, resources={"hub": hub}) as context,
    ):
        assert isinstance(every_night(context), dg.SkipReason)
        put(hub, "d1/customers.csv", age=0)
        request = every_night(context)
    assert isinstance(request, dg.RunRequest)
    assert (request.tags[START], request.tags[END]) == ("d1", "d1")


def wait_for_worker(hub: Hub, dealer: str) -> None:
    """An upload of the dealer in the ledger, as the API leaves it."""
    with hub.db.worker() as conn:
        conn.execute(sa.text("INSERT INTO dealer (code) VALUES (:d)"), {"d": dealer})
        conn.execute(
            sa.text(
                """WITH e AS (INSERT INTO entry (kind, dealer, received_at, author)
                              VALUES ('upload', :d, now(), 'api:k') RETURNING entry_id)
                   INSERT INTO upload (upload_id, dealer, feed, file_name, sha256, bytes, day, delta, received_at, status)
                   SELECT entry_id, :d, 'customers', 'customers.csv', 'x', 1, current_date, false, now(), 'received' FROM e"""
            ),
            {"d": dealer},
        )
