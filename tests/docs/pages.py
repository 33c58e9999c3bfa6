"""Pages of the documentation as the tests read them."""

from __future__ import annotations

import re

from hub.settings import ROOT

Row = list[str]


def page(name: str) -> str:
    """The text of docs/``name``."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of the same rank or a higher one."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, flags=re.MULTILINE)
    assert found, f"no heading {heading!r}"
    rank = len(found.group(1))
    rest = text[found.end() :]
    following = re.search(rf"^#{{1,{rank}}} ", rest, flags=re.MULTILINE)
    return rest[: following.start()] if following else rest


def table(text: str, first_heading: str) -> list[Row]:
    """The rows of the first table whose first column is called ``first_heading``, cell by cell, without backquotes."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {first_heading} |"):
            break
    else:
        raise AssertionError(f"no table of {first_heading!r}")
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def codes(text: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", text)


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
