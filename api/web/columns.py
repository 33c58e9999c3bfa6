"""What a table of a page is made of: its columns, declared once, for the page and for the file of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sqlalchemy import RowMapping

Row = Mapping[str, Any] | RowMapping


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        key: of the row's value.
        title: English heading, marked by ``N_``.
        kind: how a value is shown: text, words (translated), status, count, decimal, share (0 to 1), days, minutes, day, moment,
            list, phone; numbers stand to the right.
        link: address that the cell leads to, with ``{key}`` for values of the row; no link where one of them is None.
        about: what the figure means, for a heading that does not say it all; marked by ``N_``.
        sort: whether `whole` sorts by it.
    """

    key: str
    title: str
    kind: str = "text"
    link: str = ""
    about: str = ""
    sort: bool = True

    @property
    def number(self) -> bool:
        """Whether it holds numbers."""
        return self.kind in ("count", "decimal", "share", "days", "minutes")

    def address(self, row: Row) -> str:
        """Where the row's cell leads to; empty: nowhere."""
        if not self.link or row.get(self.key) is None:
            return ""
        names = [part.split("}")[0] for part in self.link.split("{")[1:]]
        if any(row.get(name) is None for name in names):
            return ""
        return self.link.format(**{name: quote(str(row[name]), safe="") for name in names})


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: of its files, and in addresses: lower-case ASCII.
        caption: says what the rows are; marked by ``N_``.
        columns: from left to right; the first one names the row.
        empty: what is to be done if there are no rows; marked by ``N_``.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    empty: str
