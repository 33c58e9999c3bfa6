"""A simulation as a picture: what each dealer would win and lose, as plain SVG."""

from __future__ import annotations

from xml.sax.saxutils import escape

import polars as pl

WIDTH, ROW, TOP, LEFT, RIGHT = 760, 22, 74, 130, 40
GAIN, LOSS = "#3c7d3e", "#b8432f"
MOST = 40  # dealers shown; the rest is one remark


def simulation_chart(table: pl.DataFrame, title: str, gained: str, lost: str) -> str:
    """Bars left (lost) and right (gained) for each dealer, the most affected first.

    Args:
        table: columns ``dealer`` and the two counts called ``gained`` and ``lost``.
    """
    shown = table.filter(pl.col(gained) + pl.col(lost) > 0).sort(
        pl.col(gained) + pl.col(lost), "dealer", descending=[True, False]
    )
    rest = max(0, len(shown) - MOST)
    shown = shown.head(MOST)
    height = TOP + ROW * max(1, len(shown)) + 44
    most = max([1, *shown[gained].to_list(), *shown[lost].to_list()])
    middle = LEFT + (WIDTH - LEFT - RIGHT) / 2
    unit = (WIDTH - LEFT - RIGHT) / 2 / most * 0.9
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="12" fill="#222">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        _text(16, 24, title, size=14),
        _text(middle - 8, 54, lost.replace("_", " "), "end", LOSS),
        _text(middle + 8, 54, gained.replace("_", " "), "start", GAIN),
    ]
    for number, (dealer, up, down) in enumerate(shown.select("dealer", gained, lost).rows()):
        y = TOP + number * ROW
        parts.append(_text(LEFT - 14, y + 14, dealer, "end"))
        parts += _bar(middle, y, down * unit, LOSS, down, -1) + _bar(middle, y, up * unit, GAIN, up, 1)
    parts.append(f'<path d="M{middle:.1f} {TOP - 8}V{height - 36}" stroke="#777"/>')
    if shown.is_empty():
        parts.append(_text(middle, TOP + 14, "nothing changes for any dealer", "middle"))
    if rest:
        parts.append(_text(16, height - 12, f"and {rest} more dealers"))
    return "\n".join([*parts, "</svg>\n"])


def _bar(middle: float, y: float, length: float, colour: str, count: int, side: int) -> list[str]:
    if not count:
        return []
    start = middle if side > 0 else middle - length
    where = middle + side * (length + 4)
    return [
        f'<rect x="{start:.1f}" y="{y + 3}" width="{length:.1f}" height="{ROW - 8}" fill="{colour}"/>',
        _text(where, y + 14, f"{count:,}", "start" if side > 0 else "end"),
    ]


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = "#222", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">{escape(words)}</text>'
