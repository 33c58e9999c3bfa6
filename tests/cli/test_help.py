"""Every command explains itself, with an example that could be pasted; help is quick."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from hub.cli.app import app


def commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All commands of the tree that do something, with the words that call them."""
    below = getattr(node, "commands", None)
    if below is None or getattr(node, "invoke_without_command", False):
        yield path, node
    for name, child in (below or {}).items():
        yield from commands(child, (*path, name))


TREE = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_a_command_explains_itself_with_an_example(path: tuple[str, ...]) -> None:
    command = TREE[path]
    assert command.help
    assert f"  dealerhub {' '.join(path)}" in (command.epilog or "")
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{path}: {parameter.name} has no help"


@pytest.mark.parametrize("path", TREE, ids=" ".join)
def test_examples_name_options_that_exist(path: tuple[str, ...]) -> None:
    command = TREE[path]
    known = {option for parameter in command.params for option in parameter.opts} | {">"}
    for line in (command.epilog or "").splitlines():
        if line.strip().startswith(f"dealerhub {' '.join(path)}"):
            assert {word for word in line.split() if word.startswith("--")} <= known


def test_help_imports_nothing_heavy() -> None:
    """What makes help slow is imports: none of the heavy ones may happen before a command runs."""
    program = (
        "import sys, hub.cli.app; print(*{'polars', 'sqlalchemy', 'dagster', 'fastapi', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
