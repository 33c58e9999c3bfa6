"""docs/benchmarks.md: each command is one of the catalogue, each benchmark is told, pictures and tables are there."""

from __future__ import annotations

import re

import pytest

from hub.bench.catalogue import NAMES, NEEDS_FILE
from hub.bench.quality_sets import FOLDER, HISTORICAL
from hub.settings import ROOT
from tests.docs.pages import codes, page, section, table

PAGE = page("benchmarks.md")
COMMANDS = re.findall(r"dealerhub bench ([a-z-]+)", PAGE)


def test_each_command_is_in_the_catalogue() -> None:
    assert set(COMMANDS) <= set(NAMES)


def test_each_benchmark_is_told_with_its_command() -> None:
    told = [codes(command)[0].split()[2] for command, _ in table(section(PAGE, "All benchmarks"), "command")]
    assert sorted(told) == sorted(NAMES)


@pytest.mark.parametrize("name", NEEDS_FILE)
def test_one_that_needs_a_file_is_told_with_it(name: str) -> None:
    assert f"dealerhub bench {name} --file " in PAGE


def test_the_files_of_public_sets() -> None:
    told = [name for row in table(PAGE, "file in FOLDER") for name in codes(row[0])]
    assert told == [HISTORICAL, *FOLDER, "patstat_reference.csv"]


def test_pictures_are_there() -> None:
    pictures = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert pictures
    assert all((ROOT / "docs" / picture).is_file() for picture in pictures)


@pytest.mark.parametrize("name", ["README.md", "docs/matching.md"])
def test_it_is_linked(name: str) -> None:
    assert "benchmarks.md)" in (ROOT / name).read_text(encoding="utf-8")
