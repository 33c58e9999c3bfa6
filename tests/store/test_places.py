"""Places: the longest known beginning of the postcode, else the city; one and many alike."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from hub.errors import Invalid
from hub.network.places import load_places
from hub.store.engine import Database
from hub.store.places import locate, locate_all, sync_places

CASES = [
    ("ru", "115035", None, "Europe/Moscow"),
    ("ru", "620 014", "г. Москва", "Asia/Yekaterinburg"),  # the postcode decides
    ("ru", None, "Екатеринбург", "Asia/Yekaterinburg"),
    ("RU", "999999", "Казань", "Europe/Moscow"),
    (None, None, "Минск", "Europe/Minsk"),
    ("by", "220030", None, "Europe/Minsk"),
    ("kz", "115035", None, None),
    ("ru", None, "Нигдебург", None),
    (None, None, None, None),
]


def test_places_are_found_by_postcode_then_city(db: Database) -> None:
    with db.worker() as conn:
        assert sync_places(conn, load_places()) == sync_places(conn, load_places())
        found = [locate(conn, *case[:3]) for case in CASES]
        assert [place and place.timezone for place in found] == [case[3] for case in CASES]
        folded = [
            ("ru", "115035", None), ("ru", None, "ekaterinburg"), ("kz", "115035", None), (None, None, "minsk"),
        ]  # fmt: skip
        frame = pl.DataFrame(folded * 2, schema=["country", "postcode", "city"], orient="row")
        many = locate_all(conn, frame)
        assert many["timezone"].to_list() == ["Europe/Moscow", "Asia/Yekaterinburg", None, "Europe/Minsk"] * 2


WRONG = [
    ("city,lat,longitude\nx,1,1\n", "row 1 lacks the column latitude"),
    ("city,latitude,longitude,x\n", "unknown column 'x'"),
    ("city,latitude,longitude\n,1,1\n", "row 2: names neither"),
    ("city,latitude,longitude\nx,100,1\n", "row 2, column latitude: must be degrees"),
    ("city,latitude,longitude,timezone\nx,1,1,Mars\n", "row 2, column timezone"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_errors_name_the_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as error:
        load_places(path)
    assert error.value.detail.startswith("p.csv: ")
    assert says in error.value.detail
