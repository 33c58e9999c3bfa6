from __future__ import annotations

import dagster as dg

from hub.feeds import FEEDS
from pipelines.definitions import defs

LINE = ["uploads", "source_records", "edges", "golden_records", "ownership", "receipts"]


def test_the_asset_graph_is_a_straight_line() -> None:
    graph = defs.resolve_asset_graph()
    parents = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }
    assert parents == {name: [before] if before else [] for before, name in zip(["", *LINE], LINE, strict=False)}


def test_only_the_source_records_are_cut_by_dealer() -> None:
    graph = defs.resolve_asset_graph()
    cut = [key.to_user_string() for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned]
    assert cut == ["source_records"]
    backfill = graph.get(dg.AssetKey("source_records")).backfill_policy
    assert backfill == dg.BackfillPolicy.single_run()


def test_there_is_a_check_for_each_feed() -> None:
    checks = {key.name for key in defs.resolve_asset_graph().asset_check_keys}
    assert checks == {f"{feed}_pass_the_gate" for feed in FEEDS}


def test_the_job_runs_in_one_process_and_tells_failures() -> None:
    job = defs.resolve_job_def("nightly")
    assert job.executor_def.name == "in_process"
    assert [hook.name for hook in job.hook_defs] == ["tell_failure"]
    assert {node.name for node in job.nodes} == set(LINE)


def test_schedule_and_sensor_start_switched_on() -> None:
    assert defs.resolve_sensor_def("inbox").default_status == dg.DefaultSensorStatus.RUNNING
    assert defs.resolve_schedule_def("every_night").default_status == dg.DefaultScheduleStatus.RUNNING
