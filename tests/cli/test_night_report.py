"""What `dealerhub nightly` tells a person to look at."""

from __future__ import annotations

from pathlib import Path

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
