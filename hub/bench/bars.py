"""Bars side by side, ours and a peer's, as plain SVG: a function of numbers to text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hub.matching.charts import COLOURS

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 720, 250, 110, 18, 14, 34


@dataclass(frozen=True)
class Bar:
    """One bar: the group that it stands in, whose it is, how long, and what is written at its end."""

    group: str
    owner: str
    length: float
    words: str


def bar_chart(title: str, bars: Sequence[Bar]) -> str:
    """Groups from top to bottom, in each a bar for every owner; the longest bar fills the width."""
    owners = list(dict.fromkeys(bar.owner for bar in bars))
    longest = max((bar.length for bar in bars), default=0.0) or 1.0
    parts: list[str] = []
    y, group = TOP + BAR * len(owners) + GAP, None
    for bar in bars:
        if bar.group != group:
            y += GAP if group is not None else 0
            parts.append(_text(LEFT - 10, y + BAR - 5, bar.group, "end"))
            group = bar.group
        long = bar.length / longest * (WIDTH - LEFT - RIGHT)
        colour = COLOURS[owners.index(bar.owner) % len(COLOURS)]
        parts.append(f'<rect x="{LEFT}" y="{y}" width="{max(long, 1.0):.1f}" height="{BAR - 3}" fill="{colour}"/>')
        parts.append(_text(LEFT + long + 6, y + BAR - 6, bar.words))
        y += BAR
    for number, owner in enumerate(owners):  # one below the other: their names are long
        top, colour = TOP + BAR * number, COLOURS[number % len(COLOURS)]
        parts.append(f'<rect x="{LEFT}" y="{top}" width="12" height="12" fill="{colour}"/>')
        parts.append(_text(LEFT + 18, top + 11, owner))
    height = y + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="12" fill="#222">'
    )
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join(
        [head, f"<title>{escape(title)}</title>", ground, _text(20, 22, title, size=14), *parts, "</svg>\n"]
    )


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'
