"""docs/architecture.md, operations.md and decisions/: tables, rooms, assets, settings are those of the code."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields

import pytest

from hub.feeds import FEEDS
from hub.settings import ROOT, Settings, variable
from tests.docs.pages import blocks, codes, page, section, table

PAGE = page("architecture.md")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))


def test_every_table_is_named() -> None:
    told = {name for row in table(section(PAGE, "Tables"), "table") for name in codes(row[0])}
    sql = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "hub" / "store" / "sql").glob("*.sql"))
    created, dropped = (
        set(re.findall(rf"^{verb} TABLE (\w+)", sql, flags=re.MULTILINE)) for verb in ("CREATE", "DROP")
    )
    assert told == created - dropped
    assert set(FEEDS) <= told


def test_the_rooms_of_the_steps_exist() -> None:
    for row in table(PAGE, "step"):
        for name in codes(row[1]):
            assert (ROOT / name).exists() or (ROOT / "hub" / name).exists(), name


def test_the_assets_are_named_in_order() -> None:
    from pipelines.assets.spine import SPINE

    names = [asset.key.to_user_string() for asset in SPINE]
    assert " → ".join(f"`{name}`" for name in names) in " ".join(PAGE.split())


def test_imports_are_drawn_as_they_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    checked = [{room.strip().removeprefix("hub.") for room in re.split(r"[|:]", layer)} for layer in reversed(layers)]
    picture = section(PAGE, "Imports point one way").split("```")[1].strip("\n").splitlines()
    drawn = [set(re.split(r"\s{3,}", line.strip())[0].split()) for line in picture]
    assert drawn == checked


def test_dagster_as_it_is_described() -> None:
    from pipelines.checks import TOLERATED
    from pipelines.definitions import defs
    from pipelines.schedules import every_night
    from pipelines.sensors import QUIET_SECONDS, inbox

    told = {codes(row[0])[0]: row[1] for row in table(section(page("operations.md"), "Dagster"), "part")}
    assert set(told) == {"nightly", "every_night", "lead_clock", "every_five_minutes", "inbox", "source_records"}
    assert defs.resolve_job_def("nightly")
    assert every_night.cron_schedule == "0 3 * * *"
    assert every_night.execution_timezone == "Europe/Moscow"
    assert inbox.minimum_interval_seconds == 60
    assert f"{QUIET_SECONDS:.0f} seconds" in told["inbox"]
    assert f"{TOLERATED:.0%}".replace("%", " %") in told["source_records"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_environment_variables_exist(path: object) -> None:
    known = {variable(field.name) for field in fields(Settings)}
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert set(re.findall(r"\bHUB_[A-Z_]+[A-Z]\b", text)) <= known | {"HUB_X"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_that_pages_name_exist(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    for name in codes(text):
        if re.fullmatch(r"(hub|api|pipelines|expectations|tests|docs)/[\w/.-]+", name):
            assert (ROOT / name).exists(), f"{path}: {name}"


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_what_was_decided(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    number = int(path.name[:4])  # type: ignore[attr-defined]
    assert text.startswith(f"# {number}. ")
    assert "**Decision.**" in text
    assert f"({path.name})" in (path.parent / "README.md").read_text(encoding="utf-8")  # type: ignore[attr-defined]


def test_pictures_are_small_and_shown() -> None:
    shown = "\n".join(path.read_text(encoding="utf-8") for path in PAGES)
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 200_000, picture.name
        assert f"images/{picture.name}" in shown, f"{picture.name} is shown nowhere"


def test_blocks_are_of_known_languages() -> None:
    for path in PAGES:
        opening = re.findall(r"^```(\w*)\n.*?^```$", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        assert set(opening) <= {"", "sh", "sql", "text", "yaml"}, path.name
    assert blocks((ROOT / "README.md").read_text(encoding="utf-8"), "sh")
