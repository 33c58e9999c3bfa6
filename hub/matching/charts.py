"""Charts of quality as plain SVG: a function of numbers to text, without a library."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 46, 56
COLOURS = ("#1f5fa8", "#b8432f", "#3c7d3e", "#7a5ca3")


@dataclass(frozen=True)
class Axis:
    """One axis: its title, its ticks as (place, label); the first and last tick are its ends."""

    title: str
    ticks: Sequence[tuple[float, str]]

    def share(self, place: float) -> float:
        """Where on the axis a place lies, 0 to 1; what lies beyond an end is drawn at the end."""
        low, high = self.ticks[0][0], self.ticks[-1][0]
        return min(max((place - low) / (high - low), 0.0), 1.0)


@dataclass(frozen=True)
class Line:
    """A named row of points; ``sizes`` are the radii of its dots, none without."""

    name: str
    points: Sequence[tuple[float, float]]
    sizes: Sequence[float] = ()
    dashed: bool = False


def chart(title: str, x: Axis, y: Axis, lines: Sequence[Line], marks: Iterable[tuple[float, str]] = ()) -> str:
    """A chart of lines.

    Args:
        marks: vertical lines at places of the x axis, each with its words.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#222">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(_LEFT, 22, title, size=14),
        *(_tick_x(x, *tick) for tick in x.ticks),
        *(_tick_y(y, *tick) for tick in y.ticks),
        _text((WIDTH + _LEFT - _RIGHT) / 2, HEIGHT - 12, x.title, "middle"),
        f'<g transform="rotate(-90 18 {HEIGHT / 2:.0f})">{_text(18, HEIGHT / 2, y.title, "middle")}</g>',
    ]
    for row, (place, words) in enumerate(marks):
        at = _x(x, place)
        parts.append(_stroke([(at, _TOP), (at, HEIGHT - _BOTTOM)], "#777", dashed=True))
        parts.append(_text(at + 4, HEIGHT - _BOTTOM - 8 - 15 * row, words))
    for number, line in enumerate(lines):
        parts += _drawn(line, x, y, "#999" if line.dashed else COLOURS[number % len(COLOURS)])
    offset = float(_LEFT)
    for number, line in enumerate(lines):
        colour = "#999" if line.dashed else COLOURS[number % len(COLOURS)]
        parts.append(_stroke([(offset, 36), (offset + 18, 36)], colour, line.dashed))
        parts.append(_text(offset + 23, 40, line.name))
        offset += 42 + 7 * len(line.name)
    return "\n".join([*parts, "</svg>\n"])


def logit(probability: float, most: float = 10.0) -> float:
    """Log2 odds of a probability, bounded: an axis on which 0.999 and 0.9999 differ as 0.001 and 0.0001 do."""
    if probability in (0.0, 1.0):
        return most if probability else -most
    return min(max(math.log2(probability / (1 - probability)), -most), most)


def _drawn(line: Line, x: Axis, y: Axis, colour: str) -> list[str]:
    points = [(_x(x, a), _y(y, b)) for a, b in line.points]
    dots = [
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="{size:.1f}" fill="{colour}"/>'
        for (a, b), size in zip(points, line.sizes, strict=False)
    ]
    return [_stroke(points, colour, line.dashed), *dots]


def _stroke(points: Sequence[tuple[float, float]], colour: str, dashed: bool = False) -> str:
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def _tick_x(axis: Axis, place: float, label: str) -> str:
    at = _x(axis, place)
    line = f'<path d="M{at:.1f} {_TOP}V{HEIGHT - _BOTTOM}" stroke="#e4e4e4"/>'
    return line + _text(at, HEIGHT - _BOTTOM + 18, label, "middle")


def _tick_y(axis: Axis, place: float, label: str) -> str:
    at = _y(axis, place)
    return f'<path d="M{_LEFT} {at:.1f}H{WIDTH - _RIGHT}" stroke="#e4e4e4"/>' + _text(_LEFT - 8, at + 4, label, "end")


def _text(x: float, y: float, words: str, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def _x(axis: Axis, place: float) -> float:
    return _LEFT + axis.share(place) * (WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, place: float) -> float:
    return HEIGHT - _BOTTOM - axis.share(place) * (HEIGHT - _TOP - _BOTTOM)
