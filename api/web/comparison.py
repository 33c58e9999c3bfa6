"""A case as the rows of a table, and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.web.differences import Piece, marked
from hub.flows.read_case import FIELDS, PINNABLE, Case, Column
from hub.matching.cluster_picture import Edge, Node, cluster_picture

LISTS = ("phones", "emails")


@dataclass(frozen=True)
class Cell:
    """What one record says of one field.

    Attributes:
        pieces: of each value, what the other customer has, too, and what it has not.
        won: whether its golden record shows this very value by this record.
        pin: the field to pin by it; None where there is nothing to pin.
        idle: phones and e-mails that are no contact of this customer's: a showroom's own, or invented.
    """

    column: Column
    pieces: list[list[Piece]]
    won: bool
    pin: str | None
    idle: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """A field of the comparison; ``equal``: all who say anything say the same."""

    name: str
    cells: list[Cell]
    equal: bool


def compared(case: Case) -> list[Row]:
    """The fields of which any record says something, differences marked against the other customer."""
    rows = []
    for name in FIELDS:
        if not any(column.values[name] for column in case.columns):
            continue
        cells = [_cell(case, column, name) for column in case.columns]
        said = {
            tuple(value.casefold() for value in cell.column.values[name]) for cell in cells if cell.column.values[name]
        }
        rows.append(Row(name, cells, len(said) == 1))
    return rows


def _cell(case: Case, column: Column, name: str) -> Cell:
    values = column.values[name]
    golden = case.customers[column.side].fields.get(name)
    if name in LISTS:
        others = {value for one in case.columns if _against(case, column, one) for value in one.values[name]}
        usable = {contact.value for contact in getattr(case.customers[column.side], name)}
        idle = frozenset(values) - usable
        return Cell(column, [[(value, value in others and value in usable)] for value in values], False, None, idle)
    other = _reference(case, column, name)
    won = golden is not None and golden.won.member.rid == column.member.rid
    pieces = [marked(value, other)[0] for value in values]
    return Cell(column, pieces, won, PINNABLE.get(name) if values else None)


def _against(case: Case, column: Column, other: Column) -> bool:
    """Whether two records are compared: of two customers, or where there is but one, any two."""
    return other.side != column.side if len(case.customers) > 1 else other.number != column.number


def _reference(case: Case, column: Column, name: str) -> str:
    """What the other customer shows of a field; where there is but one, what it shows itself."""
    every = range(len(case.customers))
    sides = [side for side in every if side != column.side or len(case.customers) == 1]
    for side in sides:
        golden = case.customers[side].fields.get(name)
        if golden is not None:
            return golden.won.value
    return ""


def pictured(case: Case) -> dict[str, Any] | None:
    """What the picture of a case's scores is made of; None when there is but one record."""
    if len(case.columns) < 2:
        return None
    number = {column.member.record_id: column.number for column in case.columns}
    edges = []
    for score in case.scores:
        first, second = sorted((number[score.a.record_id], number[score.b.record_id]))
        edges.append(Edge(first, second, score.log2_odds, score.decision))
    nodes = [Node(column.number, column.side, column.member.dealer) for column in case.columns]
    return {"nodes": nodes, "edges": edges, "draw": cluster_picture}
