"""The evidence of a pair as a waterfall: one bar a field, from where the sum stood to where it stands; a picture as SVG text.

The picture holds fields, levels and numbers only, nobody's data. It follows the reader's light or dark page: text and lines are
``currentColor``, the bars are the custom properties ``--for``, ``--against`` and ``--sum`` where the page sets them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from html import escape
from itertools import accumulate

from hub.matching.score import Reason

STYLE = """
.waterfall { color: #1b1f24; font: 13px system-ui, sans-serif; }
.waterfall text { fill: currentColor; }
.waterfall .number { text-anchor: end; font-variant-numeric: tabular-nums; }
.waterfall .mark { font-size: 11px; }
.waterfall .zero { text-anchor: middle; }
.waterfall .left { text-anchor: end; }
.waterfall .faint { opacity: .7; }
.waterfall .strong { font-weight: 600; }
.waterfall line { stroke: currentColor; opacity: .35; }
.waterfall .limit { stroke-dasharray: 3 3; opacity: .7; }
.waterfall .for { fill: var(--for, #1f7a4d); }
.waterfall .against { fill: var(--against, #b3372f); }
.waterfall .sum { fill: var(--sum, #3b5f9e); }
@media (prefers-color-scheme: dark) {
  .waterfall { color: #e6e9ee; }
  .waterfall .for { fill: var(--for, #4cc38a); }
  .waterfall .against { fill: var(--against, #ef7d72); }
  .waterfall .sum { fill: var(--sum, #8fb0ee); }
}
"""
_WIDTH, _LABELS, _NUMBERS, _ROW, _TOP = 760, 280, 76, 26, 46  # pixels
_CHART = _WIDTH - _LABELS - _NUMBERS
Words = Callable[[str], str]  # an English word or sentence in the reader's language

TITLE = "Why two records are, or are not, one"
SUM = "Bits of evidence: {parts}. Score {score}, {side} match ({match})."
AT_MATCH, BETWEEN, BELOW = "at or above", "between review and", "below review and"
CONTRADICTING = "Contradicting: {fields}; they may not be one."
WORDS = (TITLE, SUM, AT_MATCH, BETWEEN, BELOW, CONTRADICTING, "contradicts", "Score", "bits", "review", "match", "prior", "name",
         "capped")  # fmt: skip
"""What the picture says beside the names of fields and their levels."""


@dataclass(frozen=True)
class Scale:
    """From bits to pixels."""

    low: float
    high: float

    def x(self, bits: float) -> float:
        """The place of a number of bits."""
        return round(_LABELS + (bits - self.low) / (self.high - self.low) * _CHART, 1)


def waterfall(
    reasons: Sequence[Reason],
    match: float,
    review: float,
    forbidden: Collection[str] = (),
    title: str = TITLE,
    words: Words = str,
) -> str:
    """The picture of a pair's evidence.

    Args:
        reasons: as `hub.matching.score.Scorer.reasons` gives them, adding up to the score; bits.
        match, review: the model's thresholds, drawn as lines; bits.
        forbidden: fields whose level contradicts: the two may not be one, whatever the score.
        title: its accessible name; the description tells the whole sum in words.
        words: translates `WORDS`, and names of fields and levels (without underscores).

    Returns:
        an SVG document of its own, which may also stand within a page.
    """
    ends = list(accumulate(reason.weight for reason in reasons))
    score = ends[-1] if ends else 0.0
    span = [0.0, match, review, *ends]
    scale = Scale(min(span) - 1, max(span) + 1)
    height = _TOP + _ROW * (len(reasons) + 1) + 12
    begins = [0.0, *ends[:-1]]
    bars = [
        _row(scale, number, reason, begin, reason.field in forbidden, words)
        for number, (reason, begin) in enumerate(zip(reasons, begins, strict=False))
    ]
    joints = [
        f'<line x1="{scale.x(end)}" x2="{scale.x(end)}" y1="{_y(number) + 5}" y2="{_y(number + 1) + 21}"/>'
        for number, end in enumerate(ends)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="waterfall" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" '
        f'height="{height}" role="img" aria-labelledby="waterfall-title waterfall-desc">'
        f'<title id="waterfall-title">{escape(words(title))}</title>'
        f'<desc id="waterfall-desc">{escape(told(reasons, match, review, forbidden, words))}</desc><style>{STYLE}</style>'
        f"{_limits(scale, (('0', 0.0), ('review', review), ('match', match)), height, words)}"
        f"{''.join(joints)}{''.join(bars)}{_sum(scale, len(reasons), score, words)}</svg>\n"
    )


def told(
    reasons: Sequence[Reason], match: float, review: float, forbidden: Collection[str] = (), words: Words = str
) -> str:
    """The same in words, for those who do not see the picture."""
    score = sum(reason.weight for reason in reasons)
    parts = ", ".join(f"{_name(reason, words)} {_number(reason.weight)}" for reason in reasons)
    side = words(AT_MATCH if score >= match else BETWEEN if score >= review else BELOW)
    whole = words(SUM).format(parts=parts, score=_number(score), side=side, match=_number(match))
    if not forbidden:
        return whole
    return f"{whole} {words(CONTRADICTING).format(fields=', '.join(map(words, sorted(forbidden))))}"


def _row(scale: Scale, number: int, reason: Reason, begin: float, forbids: bool, words: Words) -> str:
    left, right = sorted((scale.x(begin), scale.x(begin + reason.weight)))
    side = "for" if reason.weight >= 0 else "against"
    y = _y(number)
    label = _name(reason, words) + (f" · {words('contradicts')}" if forbids else "")
    weight = ' class="strong"' if forbids else ""
    return (
        f'<text x="8" y="{y + 17}"{weight}>{escape(label)}</text>'
        f'<rect class="{side}" x="{left}" y="{y + 5}" width="{max(right - left, 1):.1f}" height="16" rx="2"/>'
        f'<text class="number" x="{_WIDTH - 8}" y="{y + 17}">{_number(reason.weight)}</text>'
    )


def _sum(scale: Scale, number: int, score: float, words: Words) -> str:
    left, right = sorted((scale.x(0), scale.x(score)))
    y = _y(number)
    return (
        f'<text class="strong" x="8" y="{y + 17}">{escape(words("Score"))}</text>'
        f'<rect class="sum" x="{left}" y="{y + 5}" width="{max(right - left, 1):.1f}" height="16" rx="2"/>'
        f'<text class="number strong" x="{_WIDTH - 8}" y="{y + 17}">{_number(score)}</text>'
    )


def _limits(scale: Scale, limits: Sequence[tuple[str, float]], height: int, words: Words) -> str:
    """Zero and the thresholds, their names where they do not meet: zero above, review to the left, match to the right."""
    parts = [f'<text class="number faint" x="{_WIDTH - 8}" y="16">{escape(words("bits"))}</text>']
    for level, (name, bits) in enumerate(limits):
        x, y = scale.x(bits), 16 if level == 0 else 34
        parts.append(f'<line class="limit" x1="{x}" x2="{x}" y1="{y + 4}" y2="{height - 8}"/>')
        text = name if name == "0" else f"{escape(words(name))} {_number(bits)}"
        parts.append(f'<text class="mark {("zero", "left", "right")[level]}" x="{x}" y="{y}">{text}</text>')
    return "".join(parts)


def _y(number: int) -> int:
    return _TOP + _ROW * number


def _name(reason: Reason, words: Words) -> str:
    name, level = (words(part.replace("_", " ")) for part in (reason.field, reason.level))
    return f"{name}: {level}" if level else name


def _number(bits: float) -> str:
    text = f"{bits:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text
