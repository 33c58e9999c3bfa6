"""The exact way to cut CSV text into rows: slower than the fast path, and right for whatever dealers type.

RFC 4180, and beyond it: a quote inside an unquoted cell is a letter (``ООО "Ромашка"``, ``17" wheels``); a
cell that opens a quote and never closes it spoils its own line only, never the rows after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hub.intake.readers.base import UNDECODABLE, UNREADABLE_BYTES, UNSTORABLE

QUOTED_AT_MOST = 1 << 20  # characters of one quoted row; a longer one is a quote that was never closed
BLANK = " \t\r\x1a"
_SOMETHING = re.compile(rf"[^{BLANK}\n]")


@dataclass(frozen=True)
class Row:
    """One row of the file: its cells, or the reason why it has none; both empty for ``lines`` blank rows."""

    cells: list[str] | None
    reason: str | None = None
    lines: int = 1


def wrong_count(found: int, wanted: int) -> str:
    """The reason given for a row with too many or too few cells."""
    return f"has {found} cells where the heading has {wanted}; " + (
        "quote a cell that holds the delimiter" if found > wanted else "a delimiter or line end is misplaced"
    )


class RowCutter:
    """Cuts text into rows of ``width`` cells (0: any number, for the heading)."""

    def __init__(self, delimiter: str, width: int) -> None:
        self.delimiter, self.width = delimiter, width
        sign = re.escape(delimiter)
        self._cell = re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|((?!")[^{sign}\n]*))({sign}|\r?\n)')

    def cut(self, text: str, final: bool) -> Iterator[tuple[Row, int]]:
        """Rows of ``text``, which ends with a newline if ``final``, each with the position after it.

        Stops before a row that may continue in text still to come.
        """
        at = 0
        while at < len(text):
            step = self._row(text, at, final)
            if step is None:
                return
            row, at = step
            yield row, at

    def _row(self, text: str, at: int, final: bool) -> tuple[Row, int] | None:
        end = text.find("\n", at)
        if end < 0:
            return None
        line = text[at:end].removesuffix("\r")
        if not line.strip(BLANK):
            something = _SOMETHING.search(text, end)
            after = text.rfind("\n", at, something.start() if something else len(text)) + 1
            return Row(None, lines=text.count("\n", at, after)), after
        if not line.startswith('"') and self.delimiter + '"' not in line:
            return self._judge(line.split(self.delimiter)), end + 1
        cells, after = self._quoted(text, at)
        if cells is None and not final and len(text) - at < QUOTED_AT_MOST:
            return None
        if cells is not None and self._fits(cells):
            return self._judge(cells), after
        literal = [_unquoted(cell) for cell in line.split(self.delimiter)]
        if cells is None or self._fits(literal) or self._swallowed(text[end + 1 : after]):
            return self._judge(literal), end + 1
        return self._judge(cells), after

    def _quoted(self, text: str, at: int) -> tuple[list[str] | None, int]:
        """The cells of a well-quoted row, which may go over several lines; None where the quotes do not
        fit."""
        cells: list[str] = []
        while match := self._cell.match(text, at):
            quoted, plain, sign = match.groups()
            if quoted is None:
                cells.append(plain.removesuffix("\r") if sign != self.delimiter else plain)
            else:
                cells.append(quoted.replace('""', '"'))
            at = match.end()
            if sign != self.delimiter:
                return cells, at
        return None, at

    def _fits(self, cells: list[str]) -> bool:
        return not self.width or len(cells) == self.width or (len(cells) > self.width and not any(cells[self.width :]))

    def _swallowed(self, rest: str) -> bool:
        """True if the further lines of a quoted row of the wrong width look like rows of their own."""
        return any(line.count(self.delimiter) == self.width - 1 for line in rest.split("\n") if line)

    def _judge(self, cells: list[str]) -> Row:
        if not any(cells):
            return Row(None)
        if not self._fits(cells):
            return Row(None, wrong_count(len(cells), self.width))
        for cell in cells:
            if not cell.isascii() and UNDECODABLE in cell:
                return Row(None, UNREADABLE_BYTES)
            if "\0" in cell:
                return Row(None, UNSTORABLE)
        return Row(cells[: self.width] if self.width else cells)


def _unquoted(cell: str) -> str:
    """A cell by itself: without its quotes if it is well quoted, else letter by letter as it came."""
    if len(cell) >= 2 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', ""):
        return cell[1:-1].replace('""', '"')
    return cell
