"""Where two texts differ, letter by letter, for a person to see at a glance."""

from __future__ import annotations

from rapidfuzz.distance import Indel

Piece = tuple[str, bool]
"""Part of a text, and whether the other text has it, too."""


def marked(a: str, b: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces that are, or are not, in the other; a text that lacks a counterpart is one piece."""
    if not a or not b:
        return [(a, True)] if a else [], [(b, True)] if b else []
    left: list[Piece] = []
    right: list[Piece] = []
    for step in Indel.opcodes(a.casefold(), b.casefold()) if _aligned(a, b) else []:
        same = step.tag == "equal"
        if step.src_end > step.src_start:
            left.append((a[step.src_start : step.src_end], same))
        if step.dest_end > step.dest_start:
            right.append((b[step.dest_start : step.dest_end], same))
    return (left, right) if left or right else ([(a, a == b)], [(b, a == b)])


def _aligned(a: str, b: str) -> bool:
    """Whether folding the case keeps every letter in its place."""
    return len(a.casefold()) == len(a) and len(b.casefold()) == len(b)
