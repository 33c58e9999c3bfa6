"""Who got how many leads, and how many by its share it should have got: the report, and its chart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Row:
    """One dealer in one week.

    Attributes:
        week: its Monday (UTC).
        on_time_share: of the offers whose answer is known.
        median_response_minutes: business time from the offer to the first contact.
        stood: turns in which the dealer was among the near-equals.
        chosen, due: how many of these it got, and how many its weight says it should have got.
    """

    week: date
    dealer: str
    offered: int
    declined: int
    expired: int
    contacted: int
    on_time_share: float | None
    median_response_minutes: float | None
    won: int
    mean_km: float | None
    stood: int
    chosen: int
    due: float


def fairness_rows(offers: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The report from counts of offers and of turns per week and dealer (`hub.store.lead_lists`)."""
    by_key: defaultdict[tuple[date, str], dict[str, Any]] = defaultdict(dict)
    for row in (*offers, *lines):
        by_key[row["week"], row["dealer"]].update(row)
    return [_row(week, dealer, found) for (week, dealer), found in sorted(by_key.items())]


def _row(week: date, dealer: str, found: Mapping[str, Any]) -> Row:
    answered = found.get("answered") or 0
    return Row(
        week=week,
        dealer=dealer,
        offered=found.get("offered", 0),
        declined=found.get("declined", 0),
        expired=found.get("expired", 0),
        contacted=found.get("contacted", 0),
        on_time_share=round(found["on_time"] / answered, 4) if answered else None,
        median_response_minutes=_rounded(found.get("median_response_minutes")),
        won=found.get("won", 0),
        mean_km=_rounded(found.get("mean_km")),
        stood=found.get("stood", 0),
        chosen=found.get("chosen", 0),
        due=round(float(found.get("due") or 0.0), 2),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 1)


def totals(rows: Sequence[Row]) -> dict[str, tuple[int, float]]:
    """For each dealer over all weeks: turns that it got, and turns that it was due."""
    got: defaultdict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for row in rows:
        chosen, due = got[row.dealer]
        got[row.dealer] = (chosen + row.chosen, due + row.due)
    return {dealer: got[dealer] for dealer in sorted(got) if got[dealer] != (0, 0.0)}


WIDTH, LINE, LEFT, RIGHT, TOP = 720, 22, 120, 90, 54
_ACTUAL, _DUE = "#1f5fa8", "#b8432f"


def fairness_chart(rows: Sequence[Row], most: int = 60) -> str:
    """Bars of the turns that each dealer got, with a mark at what it was due; as SVG.

    Args:
        most: dealers shown, those farthest from their share first.
    """
    found = totals(rows)
    worst = sorted(found, key=lambda dealer: (-abs(found[dealer][0] - found[dealer][1]), dealer))[:most]
    height = TOP + LINE * max(len(worst), 1) + 20
    largest = max((max(found[dealer]) for dealer in worst), default=1.0) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / largest
    title = "Turns that dealers got (bar) and were due by their share (mark)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="12" fill="#222">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="16" y="24" font-size="14">{escape(title)}</text>',
    ]
    for place, dealer in enumerate(sorted(worst)):
        chosen, due = found[dealer]
        y, at = TOP + place * LINE, LEFT + due * scale
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{escape(dealer)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{chosen * scale:.1f}" height="14" fill="{_ACTUAL}"/>',
            f'<path d="M{at:.1f} {y - 3}v20" stroke="{_DUE}" stroke-width="3"/>',
            f'<text x="{WIDTH - RIGHT + 8}" y="{y + 12}">{chosen} / {due:.1f}</text>',
        ]
    return "\n".join([*parts, "</svg>\n"])
