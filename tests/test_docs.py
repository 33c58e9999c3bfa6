"""The documentation says what the code does: settings, commands, links, make's targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main

from hub.cli.app import app
from hub.settings import ROOT, Settings, variable

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def rows_of_table(text: str, heading: str) -> list[list[str]]:
    """Cells of the Markdown table whose first heading is ``heading``."""
    lines = text.split(f"| {heading} |", 1)[1].splitlines()[2:]
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return table


def commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    below = getattr(node, "commands", None)
    if below is None or getattr(node, "invoke_without_command", False):
        yield path, node
    for name, child in (below or {}).items():
        yield from commands(child, (*path, name))


TREE = dict(commands(typer.main.get_command(app)))


def default(field: Any) -> str:
    if field.name == "home":
        return "`var/`"
    return {None: "", True: "`yes`", False: "`no`"}.get(field.default, f"`{field.default}`")


def test_the_table_of_settings() -> None:
    wanted = [[f"`{variable(f.name)}`", default(f), f.metadata["about"]] for f in fields(Settings)]
    assert rows_of_table(OPERATIONS, "variable") == wanted


def test_the_table_of_commands() -> None:
    wanted = [[f"`{' '.join(path)}`", command.help.splitlines()[0].rstrip(".")] for path, command in TREE.items()]
    assert rows_of_table(OPERATIONS, "command") == wanted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, anchor = target.partition("#")
        if "://" in place:
            continue
        file = (page.parent / place).resolve() if place else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name} links to {target}"


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_pages_show_exist(page: Path) -> None:
    """`dealerhub` with words and options, in text and in blocks of code."""
    text = page.read_text(encoding="utf-8")
    for words in re.findall(r"dealerhub((?: +[^\s`|>#;&()\\]+)+)", text):
        parts = words.split()
        path = next((tuple(parts[:n]) for n in (2, 1) if tuple(parts[:n]) in TREE), None)
        if path is None:
            known = {part for path in TREE for part in path} | {"COMMAND"}
            assert parts[0] in known or parts[0].startswith("-") or not parts[0].isascii(), (
                f"{page.name}: dealerhub{words}"
            )
            continue
        options = {option for parameter in TREE[path].params for option in parameter.opts} | {"--help"}
        shown = {part.rstrip(".,;:") for part in parts if part.startswith("--")}
        assert shown <= options, f"{page.name}: dealerhub{words}"


def test_targets_of_make_that_pages_show_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in PAGES:
        code = re.findall(r"`{1,3}[^`]+`{1,3}", page.read_text(encoding="utf-8"))
        for snippet in code:
            assert set(re.findall(r"\bmake ([a-z]+)", snippet)) <= targets, page.name


def test_constraints_pin_every_dependency_and_name_no_host() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    lines = [line.split(" ;")[0] for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[^\s]+", line) for line in lines)
    pinned = {line.split("==")[0] for line in lines}
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("[project.scripts]")[0]
    wanted = {
        name.lower() for name in re.findall(r'^    "([A-Za-z0-9-]+)(?:\[[a-z,]+\])?[^"]*",$', project, re.MULTILINE)
    }
    assert {name.replace("_", "-") for name in wanted} <= pinned
