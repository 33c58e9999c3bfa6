"""What `dealerhub nightly` tells a person to look at."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.cli.night_report import Night, incidents
from hub.flows.match import MatchSummary
from hub.flows.register import InboxSummary
from hub.flows.stage import StageSummary
from pipelines.job import NightSummary
from tests.cli.conftest import Command

ROWS = "record_no,last_name,first_name,colour\n1,Иванов,Пётр,red\n2,Петров,Олег,blue\n"


def test_a_night_tells_what_to_look_at(dealerhub: Command, tmp_path: Path) -> None:
    registry = tmp_path / "dealers.csv"
    registry.write_text("dealer_code\nD001\nD002\n")
    inbox = tmp_path / "inbox"
    for name in ("D001/customers.csv", "D002/invoices.csv", "D003/customers.csv"):
        (inbox / name).parent.mkdir(parents=True, exist_ok=True)
        (inbox / name).write_text(ROWS, encoding="utf-8")
    (inbox / "D002" / "customers.csv").write_text("")
    assert dealerhub("dealers", "sync", registry).code == 0
    done = dealerhub("nightly", "--inbox", inbox)
    assert done.code == 0
    told = done.err
    assert "Unknown dealer D003: 1 file left in the inbox. `dealerhub dealers sync FILE` makes it known." in told
    assert "Of no known feed: D002/invoices.csv" in told
    assert "D001/customers.csv: New columns that nothing reads: «colour»." in told
    assert "D002/customers.csv: held (volume)." in told
    assert "1 upload is held:" in told


@pytest.mark.parametrize(("lost", "told"), [(0.0, False), (0.03, False), (0.0988, True)])
def test_a_base_that_its_model_does_not_suit_is_told(lost: float, told: bool) -> None:
    results = {"uploads": InboxSummary(), "source_records": StageSummary(), "edges": MatchSummary(9, True, 9, lost)}
    said = incidents(Night(NightSummary("run", date(2026, 11, 20), (), results, ()), [], {}))
    assert [("10%" in one and "`dealerhub model train`" in one) for one in said] == [True] * told
