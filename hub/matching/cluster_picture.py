"""A few records and the scores between them as a graph: records on a ring, customer by customer; a picture as SVG text.

The picture holds numbers and dealers' codes only. Its looks are the page's (classes), its words the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, RADIUS, NODE = 420, 300, 112, 15  # pixels
MOST_LABELS, MOST_WITHIN = 14, 6  # edges whose score is written on them; within customers, where records are many
FEW = 5  # records, among which all scores can be read


@dataclass(frozen=True)
class Node:
    """A record: its number on the page, the place of its customer, and who sent it."""

    number: int
    side: int
    label: str


@dataclass(frozen=True)
class Edge:
    """A score between two records, by their numbers.

    Attributes:
        bits: log2 odds.
        decision: "match", "review", "no_match" or "forbidden".
    """

    a: int
    b: int
    bits: float
    decision: str


def cluster_picture(nodes: Sequence[Node], edges: Sequence[Edge], title: str, told: str) -> str:
    """The picture.

    Args:
        nodes: customer by customer.
        edges: the strongest first; those that speak against it and do not forbid are left out.
        title: its accessible name.
        told: the same in words, for those who do not see it.
    """
    at = {node.number: _place(number, len(nodes)) for number, node in enumerate(nodes)}
    side = {node.number: node.side for node in nodes}
    drawn = [edge for edge in edges if edge.decision != "no_match"]
    between = [edge for edge in drawn if side[edge.a] != side[edge.b]]
    within = [edge for edge in reversed(drawn) if side[edge.a] == side[edge.b]]  # the weakest are what a split is about
    labelled = [*between, *within[: MOST_LABELS if len(nodes) <= FEW else MOST_WITHIN]][:MOST_LABELS]
    lines = "".join(_line(edge, at) for edge in reversed(drawn))
    labels = "".join(_label(edge, at) for edge in labelled)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="graph-title graph-desc"><title id="graph-title">{escape(title)}</title>'
        f'<desc id="graph-desc">{escape(told)}</desc>{lines}{labels}{"".join(_node(node, at) for node in nodes)}</svg>'
    )


def _place(number: int, count: int) -> tuple[float, float]:
    """On a ring, from the left; customers that follow each other lie together."""
    angle = math.pi + 2 * math.pi * (number + 0.5) / max(count, 1) + (math.pi / 2 if count > 2 else -math.pi / 2)
    return round(WIDTH / 2 + 1.35 * RADIUS * math.cos(angle), 1), round(HEIGHT / 2 + RADIUS * math.sin(angle), 1)


def _line(edge: Edge, at: dict[int, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = at[edge.a], at[edge.b]
    width = round(min(max(edge.bits, 1.0) / 8 + 1, 5), 1)
    return f'<line class="{edge.decision}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke-width="{width}"/>'


def _label(edge: Edge, at: dict[int, tuple[float, float]]) -> str:
    """Nearer to one end, so that labels of crossing lines do not meet."""
    (x1, y1), (x2, y2) = at[edge.a], at[edge.b]
    x, y = round(x1 * 0.58 + x2 * 0.42, 1), round(y1 * 0.58 + y2 * 0.42, 1)
    text = f"{edge.bits:+.1f}".replace("-", "−")
    return f'<text class="bits {edge.decision}" x="{x}" y="{y + 4}">{text}</text>'


def _node(node: Node, at: dict[int, tuple[float, float]]) -> str:
    x, y = at[node.number]
    below = NODE + 13 if y >= HEIGHT / 2 else -NODE - 5
    return (
        f'<circle class="side{node.side % 6}" cx="{x}" cy="{y}" r="{NODE}"/>'
        f'<text class="node" x="{x}" y="{y + 5}">{node.number}</text>'
        f'<text class="label" x="{x}" y="{y + below:.1f}">{escape(node.label)}</text>'
    )
